CREATE TABLE "experiment_copy" (
	"experiment_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"place" text NOT NULL,
	"files" bigint NOT NULL,
	"size_bytes" bigint NOT NULL,
	"failed_files" bigint NOT NULL,
	"is_whole" boolean NOT NULL,
	"verified_at" timestamp with time zone NOT NULL,
	CONSTRAINT "experiment_copy_experiment_id_person_id_place_pk" PRIMARY KEY("experiment_id","person_id","place")
);
--> statement-breakpoint
ALTER TABLE "experiment_copy" ADD CONSTRAINT "experiment_copy_experiment_id_experiment_id_fk" FOREIGN KEY ("experiment_id") REFERENCES "public"."experiment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "experiment_copy" ADD CONSTRAINT "experiment_copy_person_id_person_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;