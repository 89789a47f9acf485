CREATE TABLE "experiment_notice" (
	"id" uuid PRIMARY KEY NOT NULL,
	"experiment_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"due" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "prolongation" (
	"id" uuid PRIMARY KEY NOT NULL,
	"experiment_id" uuid NOT NULL,
	"asked_by" uuid,
	"asked_at" timestamp with time zone NOT NULL,
	"wanted_until" timestamp with time zone NOT NULL,
	"reason" text NOT NULL,
	"decided_by" uuid,
	"decided_at" timestamp with time zone,
	"granted_until" timestamp with time zone,
	"refusal" text
);
--> statement-breakpoint
CREATE TABLE "saved_view" (
	"id" uuid PRIMARY KEY NOT NULL,
	"person_id" uuid NOT NULL,
	"page" text NOT NULL,
	"name" text NOT NULL,
	"query" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "experiment" ADD COLUMN "processing_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "experiment" ADD COLUMN "embargo_until" date;--> statement-breakpoint
ALTER TABLE "experiment" ADD COLUMN "terms" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "experiment" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "membership" ADD COLUMN "origin" text DEFAULT 'person' NOT NULL;--> statement-breakpoint
ALTER TABLE "experiment_notice" ADD CONSTRAINT "experiment_notice_experiment_id_experiment_id_fk" FOREIGN KEY ("experiment_id") REFERENCES "public"."experiment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "prolongation" ADD CONSTRAINT "prolongation_experiment_id_experiment_id_fk" FOREIGN KEY ("experiment_id") REFERENCES "public"."experiment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "prolongation" ADD CONSTRAINT "prolongation_asked_by_person_id_fk" FOREIGN KEY ("asked_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "prolongation" ADD CONSTRAINT "prolongation_decided_by_person_id_fk" FOREIGN KEY ("decided_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "saved_view" ADD CONSTRAINT "saved_view_person_id_person_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "experiment_notice_once" ON "experiment_notice" USING btree ("experiment_id","kind","due");--> statement-breakpoint
CREATE UNIQUE INDEX "prolongation_one_open" ON "prolongation" USING btree ("experiment_id") WHERE "prolongation"."decided_at" is null;--> statement-breakpoint
CREATE INDEX "prolongation_experiment" ON "prolongation" USING btree ("experiment_id","asked_at");--> statement-breakpoint
CREATE UNIQUE INDEX "saved_view_name" ON "saved_view" USING btree ("person_id","page","name");--> statement-breakpoint
CREATE INDEX "experiment_processing_until" ON "experiment" USING btree ("processing_until") WHERE "experiment"."state" = 'processing';--> statement-breakpoint
-- What a search of experiments looks in: code (without its hyphen too), title, keywords, PI. Immutable, so that it can be indexed: array_to_string is only
-- stable because of element types whose output depends on settings, which text has not.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
--> statement-breakpoint
CREATE FUNCTION "experiment_search"("code" text, "title" text, "keywords" text[], "pi_name" text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN lower("code" || ' ' || replace("code", '-', '') || ' ' || "title" || ' ' || array_to_string("keywords", ' ') || ' ' || "pi_name");
--> statement-breakpoint
CREATE INDEX "experiment_search" ON "experiment" USING gin ("experiment_search"("code", "title", "keywords", "pi_name") gin_trgm_ops);
