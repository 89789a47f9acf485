ALTER TABLE "upload" ALTER COLUMN "agent_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "upload" ADD COLUMN "person_id" uuid;--> statement-breakpoint
ALTER TABLE "upload" ADD COLUMN "fingerprint" text;--> statement-breakpoint
ALTER TABLE "upload" ADD CONSTRAINT "upload_person_id_person_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "upload_of_person" ON "upload" USING btree ("person_id","fingerprint") WHERE "upload"."person_id" is not null and "upload"."state" = 'open';--> statement-breakpoint
ALTER TABLE "upload" ADD CONSTRAINT "upload_sender" CHECK (("upload"."agent_id" is null) <> ("upload"."person_id" is null));