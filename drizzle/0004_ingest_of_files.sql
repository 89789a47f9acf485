ALTER TABLE "upload" DROP CONSTRAINT "upload_store_key_unique";--> statement-breakpoint
DROP INDEX "job_once_per_trigger";--> statement-breakpoint
ALTER TABLE "dataset" ADD COLUMN "source" text;--> statement-breakpoint
ALTER TABLE "dataset" ADD COLUMN "source_stem" text;--> statement-breakpoint
ALTER TABLE "reassignment" ADD COLUMN "from_path" text NOT NULL;--> statement-breakpoint
ALTER TABLE "reassignment" ADD COLUMN "to_path" text NOT NULL;--> statement-breakpoint
ALTER TABLE "job" ADD COLUMN "trigger_state" text;--> statement-breakpoint
UPDATE "job" SET "trigger_state" = "dataset"."state" FROM "dataset" WHERE "dataset"."id" = "job"."dataset_id" AND "job"."trigger_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "file_source" ON "file" USING btree ("instrument_id","source","source_path") WHERE "file"."source" is not null;--> statement-breakpoint
CREATE INDEX "upload_file" ON "upload" USING btree ("file_id");--> statement-breakpoint
CREATE UNIQUE INDEX "upload_key" ON "upload" USING btree ("store_key") WHERE "upload"."replaces_file_id" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "job_once_per_trigger" ON "job" USING btree ("trigger_id","dataset_id","trigger_state","experiment_id");