CREATE TABLE "agent_command" (
	"id" uuid PRIMARY KEY NOT NULL,
	"agent_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"ids" uuid[] NOT NULL,
	"source" text,
	"created_at" timestamp with time zone NOT NULL,
	"created_by" uuid,
	"done_at" timestamp with time zone,
	"outcome" text,
	"message" text
);
--> statement-breakpoint
CREATE TABLE "agent_licence" (
	"id" uuid PRIMARY KEY NOT NULL,
	"agent_id" uuid NOT NULL,
	"folders" text[] NOT NULL,
	"issued_at" timestamp with time zone NOT NULL,
	"issued_by" uuid,
	"expires_at" timestamp with time zone NOT NULL,
	"enrolment_hash" text NOT NULL,
	"enrolled_at" timestamp with time zone,
	"enrolled_host" text,
	"revoked_at" timestamp with time zone,
	"revoked_by" uuid,
	"revoked_reason" text
);
--> statement-breakpoint
CREATE TABLE "destination" (
	"id" uuid PRIMARY KEY NOT NULL,
	"agent_id" uuid NOT NULL,
	"source" text NOT NULL,
	"folder" text NOT NULL,
	"template" text NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"created_by" uuid
);
--> statement-breakpoint
CREATE TABLE "site_switch" (
	"id" uuid PRIMARY KEY NOT NULL,
	"agent_id" uuid NOT NULL,
	"experiment_id" uuid,
	"at" timestamp with time zone NOT NULL,
	"clock_doubt_ms" integer NOT NULL,
	"by" text NOT NULL,
	"received_at" timestamp with time zone NOT NULL,
	"applied" boolean NOT NULL,
	"refusal" text
);
--> statement-breakpoint
CREATE TABLE "dataset_part" (
	"series_key" uuid PRIMARY KEY NOT NULL,
	"dataset_id" uuid NOT NULL,
	"agent_id" uuid NOT NULL,
	"opened_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"ending" text,
	"frames_received" bigint,
	"lost" jsonb DEFAULT '[]'::jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "file_version" (
	"file_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"store_key" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"sha256" text NOT NULL,
	"source_settled_at" timestamp with time zone,
	"committed_at" timestamp with time zone NOT NULL,
	"replaced_at" timestamp with time zone NOT NULL,
	CONSTRAINT "file_version_file_id_version_pk" PRIMARY KEY("file_id","version"),
	CONSTRAINT "file_version_store_key_unique" UNIQUE("store_key")
);
--> statement-breakpoint
CREATE TABLE "frame_values" (
	"file_id" uuid NOT NULL,
	"dataset_id" uuid NOT NULL,
	"name" text NOT NULL,
	"first_frame" bigint NOT NULL,
	"rows" integer NOT NULL,
	"values" "bytea" NOT NULL,
	CONSTRAINT "frame_values_file_id_name_pk" PRIMARY KEY("file_id","name")
);
--> statement-breakpoint
CREATE TABLE "preview" (
	"dataset_id" uuid NOT NULL,
	"frame" bigint NOT NULL,
	"kept" boolean NOT NULL,
	"store_key" text NOT NULL,
	"size_bytes" integer NOT NULL,
	"stored_at" timestamp with time zone NOT NULL,
	CONSTRAINT "preview_dataset_id_frame_pk" PRIMARY KEY("dataset_id","frame")
);
--> statement-breakpoint
CREATE TABLE "reassignment" (
	"id" uuid PRIMARY KEY NOT NULL,
	"instrument_id" uuid NOT NULL,
	"dataset_id" uuid,
	"file_id" uuid,
	"from_experiment_id" uuid,
	"to_experiment_id" uuid NOT NULL,
	"reason" text NOT NULL,
	"state" text NOT NULL,
	"failure" text,
	"created_at" timestamp with time zone NOT NULL,
	"created_by" uuid,
	"done_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "verification" (
	"id" uuid PRIMARY KEY NOT NULL,
	"experiment_id" uuid NOT NULL,
	"dataset_id" uuid,
	"requested_by" uuid,
	"created_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone,
	"files_total" integer NOT NULL,
	"files_checked" integer DEFAULT 0 NOT NULL,
	"bytes_checked" bigint DEFAULT 0 NOT NULL,
	"faults" jsonb DEFAULT '[]'::jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "agent" ALTER COLUMN "token_hash" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "agent" ADD COLUMN "upload_mode" text DEFAULT 'on' NOT NULL;--> statement-breakpoint
ALTER TABLE "agent" ADD COLUMN "upload_mode_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "agent" ADD COLUMN "upload_mode_by" uuid;--> statement-breakpoint
ALTER TABLE "agent" ADD COLUMN "upload_held" text DEFAULT 'send' NOT NULL;--> statement-breakpoint
ALTER TABLE "dataset" ADD COLUMN "source_kind" text DEFAULT 'stream' NOT NULL;--> statement-breakpoint
ALTER TABLE "dataset" ADD COLUMN "participants" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "dataset" ADD COLUMN "absent_files" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "file" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "file" ADD COLUMN "source" text;--> statement-breakpoint
ALTER TABLE "file" ADD COLUMN "source_path" text;--> statement-breakpoint
ALTER TABLE "file" ADD COLUMN "unassigned_reason" text;--> statement-breakpoint
ALTER TABLE "upload" ADD COLUMN "instrument_id" uuid;--> statement-breakpoint
ALTER TABLE "upload" ADD COLUMN "source" text;--> statement-breakpoint
ALTER TABLE "upload" ADD COLUMN "source_path" text;--> statement-breakpoint
ALTER TABLE "upload" ADD COLUMN "acquired" jsonb;--> statement-breakpoint
ALTER TABLE "upload" ADD COLUMN "unassigned_reason" text;--> statement-breakpoint
ALTER TABLE "upload" ADD COLUMN "replaces_file_id" uuid;--> statement-breakpoint
ALTER TABLE "activation" ADD COLUMN "origin" text DEFAULT 'web' NOT NULL;--> statement-breakpoint
ALTER TABLE "activation" ADD COLUMN "site_switch_id" uuid;--> statement-breakpoint
ALTER TABLE "experiment" ADD COLUMN "upload_enabled" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "experiment" ADD COLUMN "upload_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "experiment" ADD COLUMN "upload_by" uuid;--> statement-breakpoint
ALTER TABLE "experiment" ADD COLUMN "upload_held" text DEFAULT 'send' NOT NULL;--> statement-breakpoint
ALTER TABLE "agent_command" ADD CONSTRAINT "agent_command_agent_id_agent_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agent"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agent_command" ADD CONSTRAINT "agent_command_created_by_person_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agent_licence" ADD CONSTRAINT "agent_licence_agent_id_agent_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agent"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agent_licence" ADD CONSTRAINT "agent_licence_issued_by_person_id_fk" FOREIGN KEY ("issued_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agent_licence" ADD CONSTRAINT "agent_licence_revoked_by_person_id_fk" FOREIGN KEY ("revoked_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "destination" ADD CONSTRAINT "destination_agent_id_agent_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agent"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "destination" ADD CONSTRAINT "destination_created_by_person_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "site_switch" ADD CONSTRAINT "site_switch_agent_id_agent_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agent"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "site_switch" ADD CONSTRAINT "site_switch_experiment_id_experiment_id_fk" FOREIGN KEY ("experiment_id") REFERENCES "public"."experiment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dataset_part" ADD CONSTRAINT "dataset_part_dataset_id_dataset_id_fk" FOREIGN KEY ("dataset_id") REFERENCES "public"."dataset"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dataset_part" ADD CONSTRAINT "dataset_part_agent_id_agent_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agent"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "file_version" ADD CONSTRAINT "file_version_file_id_file_id_fk" FOREIGN KEY ("file_id") REFERENCES "public"."file"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "frame_values" ADD CONSTRAINT "frame_values_file_id_file_id_fk" FOREIGN KEY ("file_id") REFERENCES "public"."file"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "frame_values" ADD CONSTRAINT "frame_values_dataset_id_dataset_id_fk" FOREIGN KEY ("dataset_id") REFERENCES "public"."dataset"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "preview" ADD CONSTRAINT "preview_dataset_id_dataset_id_fk" FOREIGN KEY ("dataset_id") REFERENCES "public"."dataset"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reassignment" ADD CONSTRAINT "reassignment_instrument_id_instrument_id_fk" FOREIGN KEY ("instrument_id") REFERENCES "public"."instrument"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reassignment" ADD CONSTRAINT "reassignment_dataset_id_dataset_id_fk" FOREIGN KEY ("dataset_id") REFERENCES "public"."dataset"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reassignment" ADD CONSTRAINT "reassignment_file_id_file_id_fk" FOREIGN KEY ("file_id") REFERENCES "public"."file"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reassignment" ADD CONSTRAINT "reassignment_from_experiment_id_experiment_id_fk" FOREIGN KEY ("from_experiment_id") REFERENCES "public"."experiment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reassignment" ADD CONSTRAINT "reassignment_to_experiment_id_experiment_id_fk" FOREIGN KEY ("to_experiment_id") REFERENCES "public"."experiment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reassignment" ADD CONSTRAINT "reassignment_created_by_person_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "verification" ADD CONSTRAINT "verification_experiment_id_experiment_id_fk" FOREIGN KEY ("experiment_id") REFERENCES "public"."experiment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "verification" ADD CONSTRAINT "verification_dataset_id_dataset_id_fk" FOREIGN KEY ("dataset_id") REFERENCES "public"."dataset"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "verification" ADD CONSTRAINT "verification_requested_by_person_id_fk" FOREIGN KEY ("requested_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "agent_command_agent" ON "agent_command" USING btree ("agent_id","created_at");--> statement-breakpoint
CREATE INDEX "agent_licence_agent" ON "agent_licence" USING btree ("agent_id","issued_at");--> statement-breakpoint
CREATE UNIQUE INDEX "destination_since" ON "destination" USING btree ("agent_id","source","since");--> statement-breakpoint
CREATE INDEX "site_switch_agent" ON "site_switch" USING btree ("agent_id","at");--> statement-breakpoint
CREATE INDEX "dataset_part_dataset" ON "dataset_part" USING btree ("dataset_id");--> statement-breakpoint
CREATE INDEX "frame_values_dataset" ON "frame_values" USING btree ("dataset_id","name","first_frame");--> statement-breakpoint
CREATE INDEX "reassignment_state" ON "reassignment" USING btree ("state","created_at");--> statement-breakpoint
CREATE INDEX "verification_experiment" ON "verification" USING btree ("experiment_id","created_at");--> statement-breakpoint
ALTER TABLE "agent" ADD CONSTRAINT "agent_upload_mode_by_person_id_fk" FOREIGN KEY ("upload_mode_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "upload" ADD CONSTRAINT "upload_instrument_id_instrument_id_fk" FOREIGN KEY ("instrument_id") REFERENCES "public"."instrument"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "upload" ADD CONSTRAINT "upload_replaces_file_id_file_id_fk" FOREIGN KEY ("replaces_file_id") REFERENCES "public"."file"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "experiment" ADD CONSTRAINT "experiment_upload_by_person_id_fk" FOREIGN KEY ("upload_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "activation" ADD CONSTRAINT "activation_site_switch_id_unique" UNIQUE("site_switch_id");--> statement-breakpoint
-- Agents of before had no licence and no end: they get a year, in which staff issue them one.
INSERT INTO "agent_licence" ("id", "agent_id", "folders", "issued_at", "expires_at", "enrolment_hash", "enrolled_at", "enrolled_host")
  SELECT gen_random_uuid(), "id", ARRAY['raw','processed','work','metadata','auxiliary'], now(), now() + interval '1 year', "token_hash", "created_at", 'before licences'
  FROM "agent";
