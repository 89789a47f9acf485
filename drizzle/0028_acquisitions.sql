CREATE TABLE "dataset_metric" (
	"dataset_id" uuid NOT NULL,
	"name" text NOT NULL,
	"experiment_id" uuid,
	"value" double precision NOT NULL,
	CONSTRAINT "dataset_metric_dataset_id_name_pk" PRIMARY KEY("dataset_id","name")
);
--> statement-breakpoint
ALTER TABLE "acquisition" ADD COLUMN "external_id" text;--> statement-breakpoint
ALTER TABLE "acquisition" ADD COLUMN "series_id" text;--> statement-breakpoint
ALTER TABLE "acquisition" ADD COLUMN "exposure_s" double precision;--> statement-breakpoint
ALTER TABLE "acquisition" ADD COLUMN "omega_start_deg" double precision;--> statement-breakpoint
ALTER TABLE "acquisition" ADD COLUMN "omega_increment_deg" double precision;--> statement-breakpoint
ALTER TABLE "acquisition" ADD COLUMN "grid" jsonb;--> statement-breakpoint
ALTER TABLE "acquisition" ADD COLUMN "mark" text;--> statement-breakpoint
ALTER TABLE "acquisition" ADD COLUMN "comment" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "acquisition" ADD COLUMN "corrections" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "acquisition" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "dataset_metric" ADD CONSTRAINT "dataset_metric_dataset_id_dataset_id_fk" FOREIGN KEY ("dataset_id") REFERENCES "public"."dataset"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dataset_metric" ADD CONSTRAINT "dataset_metric_experiment_id_experiment_id_fk" FOREIGN KEY ("experiment_id") REFERENCES "public"."experiment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "dataset_metric_order" ON "dataset_metric" USING btree ("experiment_id","name","value","dataset_id");--> statement-breakpoint
CREATE INDEX "acquisition_series" ON "acquisition" USING btree ("experiment_id","series_id") WHERE "acquisition"."series_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "acquisition_external" ON "acquisition" USING btree ("experiment_id","external_id") WHERE "acquisition"."external_id" is not null;--> statement-breakpoint
CREATE INDEX "acquisition_sample" ON "acquisition" USING btree ("sample_id");--> statement-breakpoint
CREATE INDEX "dataset_of_experiment" ON "dataset" USING btree ("experiment_id","id");--> statement-breakpoint
CREATE INDEX "dataset_acquisition" ON "dataset" USING btree ("acquisition_id");--> statement-breakpoint
-- What the generator cannot say.
-- Numbers alone: a job may tell something else under the name of a metric. Longer names than the sort by one takes cannot be asked for.
CREATE FUNCTION "dataset_metrics"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "dataset_metric" WHERE "dataset_id" = NEW."id";
  INSERT INTO "dataset_metric" ("dataset_id", "name", "experiment_id", "value")
    SELECT NEW."id", "key", NEW."experiment_id", ("value" #>> '{}')::float8
    FROM jsonb_each(NEW."summary") WHERE jsonb_typeof("value") = 'number' AND length("key") <= 100;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "dataset_told" AFTER INSERT ON "dataset" FOR EACH ROW
  WHEN (NEW."summary" <> '{}') EXECUTE FUNCTION "dataset_metrics"();
--> statement-breakpoint
CREATE TRIGGER "dataset_retold" AFTER UPDATE ON "dataset" FOR EACH ROW
  WHEN (OLD."summary" IS DISTINCT FROM NEW."summary" OR OLD."experiment_id" IS DISTINCT FROM NEW."experiment_id")
  EXECUTE FUNCTION "dataset_metrics"();
--> statement-breakpoint
INSERT INTO "dataset_metric" ("dataset_id", "name", "experiment_id", "value")
  SELECT "dataset"."id", "told"."key", "dataset"."experiment_id", ("told"."value" #>> '{}')::float8
  FROM "dataset" CROSS JOIN LATERAL jsonb_each("dataset"."summary") "told"
  WHERE jsonb_typeof("told"."value") = 'number' AND length("told"."key") <= 100;
