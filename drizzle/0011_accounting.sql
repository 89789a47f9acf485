CREATE TABLE "lab" (
	"id" uuid PRIMARY KEY NOT NULL,
	"facility_id" uuid NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "lab_member" (
	"lab_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "lab_member_lab_id_person_id_pk" PRIMARY KEY("lab_id","person_id")
);
--> statement-breakpoint
CREATE TABLE "ledger_entry" (
	"id" uuid PRIMARY KEY NOT NULL,
	"licence_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"cpu_ms" bigint NOT NULL,
	"run_kind" text,
	"run_id" uuid,
	"person_id" uuid,
	"experiment_id" uuid,
	"wall_ms" bigint,
	"price_milli" bigint,
	"uncharged_cpu_ms" bigint DEFAULT 0 NOT NULL,
	"reason" text DEFAULT '' NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "ledger_entry_sign" CHECK (case when "ledger_entry"."kind" in ('grant', 'release', 'refund') then "ledger_entry"."cpu_ms" >= 0 else "ledger_entry"."cpu_ms" <= 0 end),
	CONSTRAINT "ledger_entry_run" CHECK (("ledger_entry"."kind" in ('grant', 'withdraw')) = ("ledger_entry"."run_id" is null) and ("ledger_entry"."run_id" is null) = ("ledger_entry"."run_kind" is null))
);
--> statement-breakpoint
CREATE TABLE "licence" (
	"id" uuid PRIMARY KEY NOT NULL,
	"facility_id" uuid NOT NULL,
	"owner_kind" text NOT NULL,
	"lab_id" uuid,
	"person_id" uuid,
	"name" text NOT NULL,
	"valid_from" timestamp with time zone NOT NULL,
	"valid_until" timestamp with time zone NOT NULL,
	"hot_bytes" bigint NOT NULL,
	"archive_bytes" bigint NOT NULL,
	"processing_window_days" integer,
	"granted_cpu_ms" bigint DEFAULT 0 NOT NULL,
	"reserved_cpu_ms" bigint DEFAULT 0 NOT NULL,
	"settled_cpu_ms" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "licence_forward" CHECK ("licence"."valid_until" > "licence"."valid_from"),
	CONSTRAINT "licence_one_owner" CHECK (("licence"."owner_kind" = 'lab') = ("licence"."lab_id" is not null) and ("licence"."owner_kind" = 'user') = ("licence"."person_id" is not null)),
	CONSTRAINT "licence_window" CHECK ("licence"."processing_window_days" is null or ("licence"."owner_kind" = 'facility' and "licence"."processing_window_days" between 0 and 3650)),
	CONSTRAINT "licence_storage" CHECK ("licence"."hot_bytes" >= 0 and "licence"."archive_bytes" >= 0),
	CONSTRAINT "licence_never_below_zero" CHECK ("licence"."reserved_cpu_ms" >= 0 and "licence"."settled_cpu_ms" >= 0 and "licence"."granted_cpu_ms" - "licence"."reserved_cpu_ms" - "licence"."settled_cpu_ms" >= 0)
);
--> statement-breakpoint
CREATE TABLE "profile" (
	"id" uuid PRIMARY KEY NOT NULL,
	"facility_id" uuid NOT NULL,
	"name" text NOT NULL,
	"cpus" integer NOT NULL,
	"memory_bytes" bigint NOT NULL,
	"gpu" text,
	"price_milli" bigint NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"retired_at" timestamp with time zone,
	CONSTRAINT "profile_sizes" CHECK ("profile"."cpus" > 0 and "profile"."memory_bytes" > 0 and "profile"."price_milli" >= 0)
);
--> statement-breakpoint
ALTER TABLE "facility" ADD COLUMN "staff_access_days" integer DEFAULT 30 NOT NULL;--> statement-breakpoint
ALTER TABLE "facility" ADD COLUMN "processing_window_days" integer DEFAULT 90 NOT NULL;--> statement-breakpoint
ALTER TABLE "lab" ADD CONSTRAINT "lab_facility_id_facility_id_fk" FOREIGN KEY ("facility_id") REFERENCES "public"."facility"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lab_member" ADD CONSTRAINT "lab_member_lab_id_lab_id_fk" FOREIGN KEY ("lab_id") REFERENCES "public"."lab"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lab_member" ADD CONSTRAINT "lab_member_person_id_person_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger_entry" ADD CONSTRAINT "ledger_entry_licence_id_licence_id_fk" FOREIGN KEY ("licence_id") REFERENCES "public"."licence"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger_entry" ADD CONSTRAINT "ledger_entry_person_id_person_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger_entry" ADD CONSTRAINT "ledger_entry_experiment_id_experiment_id_fk" FOREIGN KEY ("experiment_id") REFERENCES "public"."experiment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "licence" ADD CONSTRAINT "licence_facility_id_facility_id_fk" FOREIGN KEY ("facility_id") REFERENCES "public"."facility"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "licence" ADD CONSTRAINT "licence_lab_id_lab_id_fk" FOREIGN KEY ("lab_id") REFERENCES "public"."lab"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "licence" ADD CONSTRAINT "licence_person_id_person_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "profile" ADD CONSTRAINT "profile_facility_id_facility_id_fk" FOREIGN KEY ("facility_id") REFERENCES "public"."facility"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "lab_name" ON "lab" USING btree ("facility_id",lower("name"));--> statement-breakpoint
CREATE INDEX "lab_member_person" ON "lab_member" USING btree ("person_id");--> statement-breakpoint
CREATE UNIQUE INDEX "ledger_entry_once_per_run" ON "ledger_entry" USING btree ("run_kind","run_id","kind");--> statement-breakpoint
CREATE INDEX "ledger_entry_licence" ON "ledger_entry" USING btree ("licence_id","at");--> statement-breakpoint
CREATE INDEX "licence_facility" ON "licence" USING btree ("facility_id","owner_kind","valid_until");--> statement-breakpoint
CREATE INDEX "licence_lab" ON "licence" USING btree ("lab_id");--> statement-breakpoint
CREATE INDEX "licence_person" ON "licence" USING btree ("person_id");--> statement-breakpoint
CREATE UNIQUE INDEX "profile_name" ON "profile" USING btree ("facility_id",lower("name")) WHERE "profile"."retired_at" is null;--> statement-breakpoint
CREATE INDEX "audit_principal" ON "audit" USING btree ("principal_id","id");--> statement-breakpoint
CREATE INDEX "audit_action" ON "audit" USING btree ("action","id");--> statement-breakpoint
CREATE INDEX "audit_at" ON "audit" USING btree ("at");--> statement-breakpoint
CREATE INDEX "person_name" ON "person" USING btree (lower("name"),"id");