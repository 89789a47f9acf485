CREATE TABLE "deletion" (
	"id" uuid PRIMARY KEY NOT NULL,
	"experiment_id" uuid NOT NULL,
	"paths" jsonb NOT NULL,
	"files" integer NOT NULL,
	"size_bytes" bigint NOT NULL,
	"state" text NOT NULL,
	"reason" text NOT NULL,
	"asked_by" uuid NOT NULL,
	"asked_at" timestamp with time zone NOT NULL,
	"decided_by" uuid,
	"decided_at" timestamp with time zone,
	"goes_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	"files_gone" integer
);
--> statement-breakpoint
CREATE TABLE "deletion_file" (
	"file_id" uuid PRIMARY KEY NOT NULL,
	"deletion_id" uuid NOT NULL,
	"version" integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE "deletion" ADD CONSTRAINT "deletion_experiment_id_experiment_id_fk" FOREIGN KEY ("experiment_id") REFERENCES "public"."experiment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deletion" ADD CONSTRAINT "deletion_asked_by_person_id_fk" FOREIGN KEY ("asked_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deletion" ADD CONSTRAINT "deletion_decided_by_person_id_fk" FOREIGN KEY ("decided_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deletion_file" ADD CONSTRAINT "deletion_file_file_id_file_id_fk" FOREIGN KEY ("file_id") REFERENCES "public"."file"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deletion_file" ADD CONSTRAINT "deletion_file_deletion_id_deletion_id_fk" FOREIGN KEY ("deletion_id") REFERENCES "public"."deletion"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "deletion_experiment" ON "deletion" USING btree ("experiment_id","asked_at");--> statement-breakpoint
CREATE INDEX "deletion_due" ON "deletion" USING btree ("goes_at") WHERE "deletion"."state" = 'granted';--> statement-breakpoint
CREATE INDEX "deletion_file_deletion" ON "deletion_file" USING btree ("deletion_id");