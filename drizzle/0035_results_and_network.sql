CREATE TABLE "dataset_result" (
	"dataset_id" uuid PRIMARY KEY NOT NULL,
	"job_id" uuid NOT NULL,
	"chosen_by" uuid,
	"chosen_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "network_permission" (
	"job_template_id" uuid NOT NULL,
	"facility_id" uuid NOT NULL,
	"allowed_by" uuid,
	"allowed_at" timestamp with time zone NOT NULL,
	CONSTRAINT "network_permission_job_template_id_facility_id_pk" PRIMARY KEY("job_template_id","facility_id")
);
--> statement-breakpoint
ALTER TABLE "job_template" ADD COLUMN "network" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "dataset_result" ADD CONSTRAINT "dataset_result_dataset_id_dataset_id_fk" FOREIGN KEY ("dataset_id") REFERENCES "public"."dataset"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dataset_result" ADD CONSTRAINT "dataset_result_job_id_job_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."job"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dataset_result" ADD CONSTRAINT "dataset_result_chosen_by_person_id_fk" FOREIGN KEY ("chosen_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "network_permission" ADD CONSTRAINT "network_permission_job_template_id_job_template_id_fk" FOREIGN KEY ("job_template_id") REFERENCES "public"."job_template"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "network_permission" ADD CONSTRAINT "network_permission_facility_id_facility_id_fk" FOREIGN KEY ("facility_id") REFERENCES "public"."facility"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "network_permission" ADD CONSTRAINT "network_permission_allowed_by_person_id_fk" FOREIGN KEY ("allowed_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "dataset_result_job" ON "dataset_result" USING btree ("job_id");