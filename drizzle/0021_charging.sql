CREATE TABLE "sponsorship_rule" (
	"id" uuid PRIMARY KEY NOT NULL,
	"licence_id" uuid NOT NULL,
	"instrument_id" uuid,
	"experiment_id" uuid,
	"template_slug" text,
	"valid_until" timestamp with time zone,
	"most_cpu_ms" bigint,
	"created_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	CONSTRAINT "sponsorship_rule_most" CHECK ("sponsorship_rule"."most_cpu_ms" is null or "sponsorship_rule"."most_cpu_ms" > 0)
);
--> statement-breakpoint
CREATE TABLE "storage_change" (
	"instrument_id" uuid NOT NULL,
	"bytes" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "storage_use" (
	"instrument_id" uuid PRIMARY KEY NOT NULL,
	"hot_bytes" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "job" ADD COLUMN "profile_id" uuid;--> statement-breakpoint
ALTER TABLE "job" ADD COLUMN "price_milli" bigint DEFAULT 1000 NOT NULL;--> statement-breakpoint
ALTER TABLE "job" ADD COLUMN "licence_id" uuid;--> statement-breakpoint
ALTER TABLE "job" ADD COLUMN "sponsorship_rule_id" uuid;--> statement-breakpoint
ALTER TABLE "job" ADD COLUMN "reserved_cpu_ms" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "job" ADD COLUMN "over_allowance" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "job" ADD COLUMN "charged_cpu_ms" bigint;--> statement-breakpoint
ALTER TABLE "job" ADD COLUMN "uncharged_cpu_ms" bigint;--> statement-breakpoint
ALTER TABLE "job_template" ADD COLUMN "time_limit_s" integer DEFAULT 1800 NOT NULL;--> statement-breakpoint
ALTER TABLE "job_template" ADD COLUMN "memory_limit_bytes" bigint DEFAULT 4294967296 NOT NULL;--> statement-breakpoint
ALTER TABLE "sponsorship_rule" ADD CONSTRAINT "sponsorship_rule_licence_id_licence_id_fk" FOREIGN KEY ("licence_id") REFERENCES "public"."licence"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sponsorship_rule" ADD CONSTRAINT "sponsorship_rule_instrument_id_instrument_id_fk" FOREIGN KEY ("instrument_id") REFERENCES "public"."instrument"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sponsorship_rule" ADD CONSTRAINT "sponsorship_rule_experiment_id_experiment_id_fk" FOREIGN KEY ("experiment_id") REFERENCES "public"."experiment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "storage_use" ADD CONSTRAINT "storage_use_instrument_id_instrument_id_fk" FOREIGN KEY ("instrument_id") REFERENCES "public"."instrument"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "sponsorship_rule_licence" ON "sponsorship_rule" USING btree ("licence_id");--> statement-breakpoint
ALTER TABLE "job" ADD CONSTRAINT "job_profile_id_profile_id_fk" FOREIGN KEY ("profile_id") REFERENCES "public"."profile"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "job" ADD CONSTRAINT "job_licence_id_licence_id_fk" FOREIGN KEY ("licence_id") REFERENCES "public"."licence"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "job" ADD CONSTRAINT "job_sponsorship_rule_id_sponsorship_rule_id_fk" FOREIGN KEY ("sponsorship_rule_id") REFERENCES "public"."sponsorship_rule"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "job_template_succeeded" ON "job" USING btree ("template_id","finished_at") WHERE "job"."state" = 'succeeded';--> statement-breakpoint
CREATE INDEX "job_sponsorship_rule" ON "job" USING btree ("sponsorship_rule_id") WHERE "job"."sponsorship_rule_id" is not null;