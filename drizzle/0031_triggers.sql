CREATE TABLE "strategy" (
	"id" uuid PRIMARY KEY NOT NULL,
	"instrument_id" uuid NOT NULL,
	"name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"is_default" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"created_by" uuid,
	"removed_at" timestamp with time zone,
	CONSTRAINT "strategy_default_stands" CHECK (not ("strategy"."is_default" and "strategy"."removed_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "trigger_firing" (
	"id" uuid PRIMARY KEY NOT NULL,
	"trigger_id" uuid NOT NULL,
	"event_key" text NOT NULL,
	"event" text NOT NULL,
	"instrument_id" uuid NOT NULL,
	"experiment_id" uuid NOT NULL,
	"outcome" text NOT NULL,
	"why" text DEFAULT '' NOT NULL,
	"dataset_id" uuid,
	"path" text,
	"cause_job_id" uuid,
	"job_id" uuid,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "trigger_override" (
	"experiment_id" uuid NOT NULL,
	"trigger_id" uuid NOT NULL,
	"enabled" boolean,
	"parameters" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"changed_at" timestamp with time zone NOT NULL,
	"changed_by" uuid,
	CONSTRAINT "trigger_override_experiment_id_trigger_id_pk" PRIMARY KEY("experiment_id","trigger_id")
);
--> statement-breakpoint
DROP INDEX "trigger_name";--> statement-breakpoint
ALTER TABLE "experiment" ADD COLUMN "strategy_id" uuid;--> statement-breakpoint
ALTER TABLE "trigger" ADD COLUMN "strategy_id" uuid;--> statement-breakpoint
INSERT INTO "strategy" ("id", "instrument_id", "name", "is_default", "created_at")
SELECT gen_random_uuid(), "instrument_id", 'Standard', true, min("created_at") FROM "trigger" GROUP BY "instrument_id";--> statement-breakpoint
UPDATE "trigger" SET "strategy_id" = "strategy"."id" FROM "strategy" WHERE "strategy"."instrument_id" = "trigger"."instrument_id";--> statement-breakpoint
ALTER TABLE "trigger" ALTER COLUMN "strategy_id" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "trigger" ADD COLUMN "every_frames" integer;--> statement-breakpoint
ALTER TABLE "trigger" ADD COLUMN "file_pattern" text;--> statement-breakpoint
ALTER TABLE "trigger" ADD COLUMN "conditions" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "trigger" ADD COLUMN "version_rule" text DEFAULT 'newest' NOT NULL;--> statement-breakpoint
UPDATE "trigger" SET "version_rule" = 'fixed' FROM "job_template"
WHERE "job_template"."id" = "trigger"."template_id" AND "job_template"."own_template_id" IS NOT NULL;--> statement-breakpoint
ALTER TABLE "trigger" ADD COLUMN "taken" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "trigger" ADD COLUMN "profile_id" uuid;--> statement-breakpoint
ALTER TABLE "trigger" ADD COLUMN "licence_id" uuid;--> statement-breakpoint
ALTER TABLE "trigger" ADD COLUMN "on_grace" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "trigger" ADD COLUMN "priority" text DEFAULT 'beam-time' NOT NULL;--> statement-breakpoint
ALTER TABLE "trigger" ADD COLUMN "most_at_once" integer;--> statement-breakpoint
ALTER TABLE "trigger" ADD COLUMN "debounce_s" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "trigger" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "trigger" ADD COLUMN "removed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "strategy" ADD CONSTRAINT "strategy_instrument_id_instrument_id_fk" FOREIGN KEY ("instrument_id") REFERENCES "public"."instrument"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "strategy" ADD CONSTRAINT "strategy_created_by_person_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trigger_firing" ADD CONSTRAINT "trigger_firing_trigger_id_trigger_id_fk" FOREIGN KEY ("trigger_id") REFERENCES "public"."trigger"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trigger_firing" ADD CONSTRAINT "trigger_firing_instrument_id_instrument_id_fk" FOREIGN KEY ("instrument_id") REFERENCES "public"."instrument"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trigger_firing" ADD CONSTRAINT "trigger_firing_experiment_id_experiment_id_fk" FOREIGN KEY ("experiment_id") REFERENCES "public"."experiment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trigger_firing" ADD CONSTRAINT "trigger_firing_dataset_id_dataset_id_fk" FOREIGN KEY ("dataset_id") REFERENCES "public"."dataset"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trigger_firing" ADD CONSTRAINT "trigger_firing_cause_job_id_job_id_fk" FOREIGN KEY ("cause_job_id") REFERENCES "public"."job"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trigger_firing" ADD CONSTRAINT "trigger_firing_job_id_job_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."job"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trigger_override" ADD CONSTRAINT "trigger_override_experiment_id_experiment_id_fk" FOREIGN KEY ("experiment_id") REFERENCES "public"."experiment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trigger_override" ADD CONSTRAINT "trigger_override_trigger_id_trigger_id_fk" FOREIGN KEY ("trigger_id") REFERENCES "public"."trigger"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trigger_override" ADD CONSTRAINT "trigger_override_changed_by_person_id_fk" FOREIGN KEY ("changed_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "strategy_name" ON "strategy" USING btree ("instrument_id","name") WHERE "strategy"."removed_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "strategy_default" ON "strategy" USING btree ("instrument_id") WHERE "strategy"."is_default";--> statement-breakpoint
CREATE UNIQUE INDEX "trigger_firing_once" ON "trigger_firing" USING btree ("trigger_id","event_key");--> statement-breakpoint
CREATE INDEX "trigger_firing_instrument" ON "trigger_firing" USING btree ("instrument_id","at","id");--> statement-breakpoint
CREATE INDEX "trigger_firing_experiment" ON "trigger_firing" USING btree ("experiment_id","at","id");--> statement-breakpoint
CREATE INDEX "trigger_firing_last" ON "trigger_firing" USING btree ("trigger_id","experiment_id","outcome","at");--> statement-breakpoint
CREATE INDEX "trigger_firing_job" ON "trigger_firing" USING btree ("job_id");--> statement-breakpoint
ALTER TABLE "experiment" ADD CONSTRAINT "experiment_strategy_id_strategy_id_fk" FOREIGN KEY ("strategy_id") REFERENCES "public"."strategy"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trigger" ADD CONSTRAINT "trigger_strategy_id_strategy_id_fk" FOREIGN KEY ("strategy_id") REFERENCES "public"."strategy"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trigger" ADD CONSTRAINT "trigger_profile_id_profile_id_fk" FOREIGN KEY ("profile_id") REFERENCES "public"."profile"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trigger" ADD CONSTRAINT "trigger_licence_id_licence_id_fk" FOREIGN KEY ("licence_id") REFERENCES "public"."licence"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "job_alive_of_trigger" ON "job" USING btree ("trigger_id") WHERE "job"."trigger_id" is not null and "job"."state" in ('queued', 'submitted', 'running');--> statement-breakpoint
CREATE INDEX "trigger_event" ON "trigger" USING btree ("instrument_id","event") WHERE "trigger"."removed_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "trigger_name" ON "trigger" USING btree ("strategy_id","name") WHERE "trigger"."removed_at" is null;--> statement-breakpoint
ALTER TABLE "trigger" ADD CONSTRAINT "trigger_every" CHECK (("trigger"."event" = 'dataset.frames') = ("trigger"."every_frames" is not null));--> statement-breakpoint
ALTER TABLE "trigger" ADD CONSTRAINT "trigger_pattern" CHECK (("trigger"."event" = 'file.stored') = ("trigger"."file_pattern" is not null));