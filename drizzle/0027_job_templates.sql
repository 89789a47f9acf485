CREATE TABLE "job_template_file" (
	"job_template_id" uuid NOT NULL,
	"path" text NOT NULL,
	"content" "bytea" NOT NULL,
	CONSTRAINT "job_template_file_job_template_id_path_pk" PRIMARY KEY("job_template_id","path")
);
--> statement-breakpoint
CREATE TABLE "template" (
	"id" uuid PRIMARY KEY NOT NULL,
	"facility_id" uuid NOT NULL,
	"owner_id" uuid NOT NULL,
	"slug" text NOT NULL,
	"version" integer NOT NULL,
	"archived_at" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "template_slug_unique" UNIQUE("slug")
);
--> statement-breakpoint
CREATE TABLE "template_share" (
	"id" uuid PRIMARY KEY NOT NULL,
	"template_id" uuid NOT NULL,
	"shared_with" text NOT NULL,
	"person_id" uuid,
	"instrument_id" uuid,
	"facility_id" uuid,
	"shared_by" uuid,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "template_share_one" CHECK (("template_share"."person_id" is not null) = ("template_share"."shared_with" = 'person')
        and ("template_share"."instrument_id" is not null) = ("template_share"."shared_with" = 'instrument')
        and ("template_share"."facility_id" is not null) = ("template_share"."shared_with" = 'facility'))
);
--> statement-breakpoint
ALTER TABLE "job_template" ADD COLUMN "own_template_id" uuid;--> statement-breakpoint
ALTER TABLE "job_template" ADD COLUMN "outputs" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "job_template" ADD COLUMN "requires" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "job_template" ADD COLUMN "missing" jsonb;--> statement-breakpoint
ALTER TABLE "job_template" ADD COLUMN "missing_seen_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "job_template" ADD COLUMN "made_by" uuid;--> statement-breakpoint
ALTER TABLE "job_template" ADD COLUMN "note" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "job_template_file" ADD CONSTRAINT "job_template_file_job_template_id_job_template_id_fk" FOREIGN KEY ("job_template_id") REFERENCES "public"."job_template"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "template" ADD CONSTRAINT "template_facility_id_facility_id_fk" FOREIGN KEY ("facility_id") REFERENCES "public"."facility"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "template" ADD CONSTRAINT "template_owner_id_person_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "template_share" ADD CONSTRAINT "template_share_template_id_template_id_fk" FOREIGN KEY ("template_id") REFERENCES "public"."template"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "template_share" ADD CONSTRAINT "template_share_person_id_person_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "template_share" ADD CONSTRAINT "template_share_instrument_id_instrument_id_fk" FOREIGN KEY ("instrument_id") REFERENCES "public"."instrument"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "template_share" ADD CONSTRAINT "template_share_facility_id_facility_id_fk" FOREIGN KEY ("facility_id") REFERENCES "public"."facility"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "template_share" ADD CONSTRAINT "template_share_shared_by_person_id_fk" FOREIGN KEY ("shared_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "template_owner" ON "template" USING btree ("owner_id");--> statement-breakpoint
CREATE INDEX "template_facility" ON "template" USING btree ("facility_id");--> statement-breakpoint
CREATE UNIQUE INDEX "template_share_person" ON "template_share" USING btree ("person_id","template_id") WHERE "template_share"."person_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "template_share_instrument" ON "template_share" USING btree ("instrument_id","template_id") WHERE "template_share"."instrument_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "template_share_facility" ON "template_share" USING btree ("facility_id","template_id") WHERE "template_share"."facility_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "template_share_everyone" ON "template_share" USING btree ("template_id") WHERE "template_share"."shared_with" = 'everyone';--> statement-breakpoint
ALTER TABLE "job_template" ADD CONSTRAINT "job_template_own_template_id_template_id_fk" FOREIGN KEY ("own_template_id") REFERENCES "public"."template"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "job_template" ADD CONSTRAINT "job_template_made_by_person_id_fk" FOREIGN KEY ("made_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "job_template_own" ON "job_template" USING btree ("own_template_id","version");