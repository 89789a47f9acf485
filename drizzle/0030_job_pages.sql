CREATE TABLE "job_provisional_file" (
	"job_id" uuid NOT NULL,
	"path" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"changed_at" timestamp with time zone NOT NULL,
	"content" "bytea",
	CONSTRAINT "job_provisional_file_job_id_path_pk" PRIMARY KEY("job_id","path")
);
--> statement-breakpoint
ALTER TABLE "job" ADD COLUMN "parent_id" uuid;--> statement-breakpoint
ALTER TABLE "job" ADD COLUMN "priority" text DEFAULT 'standard' NOT NULL;--> statement-breakpoint
ALTER TABLE "job_log" ADD COLUMN "end_byte" bigint;--> statement-breakpoint
ALTER TABLE "job_log" ADD COLUMN "end_line" bigint;--> statement-breakpoint
UPDATE "job_log" SET "end_byte" = placed."end_byte", "end_line" = placed."end_line"
FROM (
	SELECT "job_id", "seq", sum(octet_length("text")) OVER upto AS "end_byte",
		sum(length("text") - length(replace("text", E'\n', ''))) OVER upto AS "end_line"
	FROM "job_log" WINDOW upto AS (PARTITION BY "job_id" ORDER BY "seq")
) placed
WHERE "job_log"."job_id" = placed."job_id" AND "job_log"."seq" = placed."seq";--> statement-breakpoint
ALTER TABLE "job_log" ALTER COLUMN "end_byte" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "job_log" ALTER COLUMN "end_line" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "job_provisional_file" ADD CONSTRAINT "job_provisional_file_job_id_job_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."job"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "job" ADD CONSTRAINT "job_parent_id_job_id_fk" FOREIGN KEY ("parent_id") REFERENCES "public"."job"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "job_parent" ON "job" USING btree ("parent_id") WHERE "job"."parent_id" is not null;--> statement-breakpoint
CREATE INDEX "job_waiting" ON "job" USING btree ("priority","created_at","id") WHERE "job"."state" = 'queued';