CREATE TABLE "detector" (
	"instrument_id" uuid NOT NULL,
	"name" text NOT NULL,
	"serial_number" text NOT NULL,
	"description" text,
	"image_size_x_px" integer NOT NULL,
	"image_size_y_px" integer NOT NULL,
	"pixel_size_x_m" double precision,
	"pixel_size_y_m" double precision,
	"sensor_material" text,
	"sensor_thickness_m" double precision,
	"first_seen_at" timestamp with time zone NOT NULL,
	"last_seen_at" timestamp with time zone NOT NULL,
	CONSTRAINT "detector_instrument_id_name_serial_number_pk" PRIMARY KEY("instrument_id","name","serial_number")
);
--> statement-breakpoint
CREATE TABLE "display_link" (
	"id" uuid PRIMARY KEY NOT NULL,
	"instrument_id" uuid NOT NULL,
	"name" text NOT NULL,
	"key_hash" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"created_by" uuid,
	"last_used_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	"revoked_by" uuid,
	CONSTRAINT "display_link_key_hash_unique" UNIQUE("key_hash")
);
--> statement-breakpoint
DROP INDEX "file_dataset";--> statement-breakpoint
ALTER TABLE "trigger" ADD COLUMN "switched_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "trigger" ADD COLUMN "switched_by" uuid;--> statement-breakpoint
ALTER TABLE "detector" ADD CONSTRAINT "detector_instrument_id_instrument_id_fk" FOREIGN KEY ("instrument_id") REFERENCES "public"."instrument"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "display_link" ADD CONSTRAINT "display_link_instrument_id_instrument_id_fk" FOREIGN KEY ("instrument_id") REFERENCES "public"."instrument"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "display_link" ADD CONSTRAINT "display_link_created_by_person_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "display_link" ADD CONSTRAINT "display_link_revoked_by_person_id_fk" FOREIGN KEY ("revoked_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "display_link_instrument" ON "display_link" USING btree ("instrument_id","created_at");--> statement-breakpoint
ALTER TABLE "trigger" ADD CONSTRAINT "trigger_switched_by_person_id_fk" FOREIGN KEY ("switched_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "dataset_receiving" ON "dataset" USING btree ("instrument_id","started_at") WHERE "dataset"."state" = 'receiving';--> statement-breakpoint
CREATE INDEX "experiment_state" ON "experiment" USING btree ("instrument_id","state");--> statement-breakpoint
CREATE INDEX "job_created" ON "job" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "file_dataset" ON "file" USING btree ("dataset_id","committed_at");--> statement-breakpoint
-- Detectors that were seen before there was a table of them: by their newest series.
INSERT INTO "detector" ("instrument_id", "name", "serial_number", "description", "image_size_x_px", "image_size_y_px", "pixel_size_x_m", "pixel_size_y_m", "sensor_material", "sensor_thickness_m", "first_seen_at", "last_seen_at")
SELECT DISTINCT ON ("instrument_id", "detector_name", "detector_serial_number")
	"instrument_id", "detector_name", "detector_serial_number", "geometry"->>'detectorDescription',
	("geometry"->>'imageSizeXPx')::integer, ("geometry"->>'imageSizeYPx')::integer,
	("geometry"->>'pixelSizeXM')::double precision, ("geometry"->>'pixelSizeYM')::double precision,
	"geometry"->>'sensorMaterial', ("geometry"->>'sensorThicknessM')::double precision,
	min("started_at") OVER (PARTITION BY "instrument_id", "detector_name", "detector_serial_number"), "started_at"
FROM "dataset"
ORDER BY "instrument_id", "detector_name", "detector_serial_number", "started_at" DESC;
