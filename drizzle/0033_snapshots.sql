CREATE TABLE "snapshot" (
	"id" uuid PRIMARY KEY NOT NULL,
	"acquisition_id" uuid NOT NULL,
	"name" text NOT NULL,
	"store_key" text NOT NULL,
	"size_bytes" integer NOT NULL,
	"sha256" text NOT NULL,
	"taken_at" timestamp with time zone,
	"stored_at" timestamp with time zone NOT NULL,
	CONSTRAINT "snapshot_store_key_unique" UNIQUE("store_key")
);
--> statement-breakpoint
ALTER TABLE "snapshot" ADD CONSTRAINT "snapshot_acquisition_id_acquisition_id_fk" FOREIGN KEY ("acquisition_id") REFERENCES "public"."acquisition"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "snapshot_name" ON "snapshot" USING btree ("acquisition_id","name");