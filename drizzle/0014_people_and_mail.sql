CREATE TABLE "invitation" (
	"id" uuid PRIMARY KEY NOT NULL,
	"experiment_id" uuid NOT NULL,
	"email" text,
	"user_name" text,
	"person_id" uuid,
	"role" text NOT NULL,
	"state" text NOT NULL,
	"token_hash" text NOT NULL,
	"invited_by" uuid,
	"created_at" timestamp with time zone NOT NULL,
	"sent_at" timestamp with time zone NOT NULL,
	"sends" integer NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"answered_at" timestamp with time zone,
	"answered_by" uuid,
	CONSTRAINT "invitation_token_hash_unique" UNIQUE("token_hash"),
	CONSTRAINT "invitation_whom" CHECK (("invitation"."email" is null) <> ("invitation"."user_name" is null))
);
--> statement-breakpoint
CREATE TABLE "ownership_offer" (
	"id" uuid PRIMARY KEY NOT NULL,
	"experiment_id" uuid NOT NULL,
	"from_person" uuid NOT NULL,
	"to_person" uuid NOT NULL,
	"state" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"answered_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "mail" (
	"id" uuid PRIMARY KEY NOT NULL,
	"dedupe_key" text NOT NULL,
	"kind" text NOT NULL,
	"to_address" text NOT NULL,
	"person_id" uuid,
	"subject" text NOT NULL,
	"text" text NOT NULL,
	"html" text NOT NULL,
	"link" text,
	"state" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"last_error" text,
	"created_at" timestamp with time zone NOT NULL,
	"useless_at" timestamp with time zone NOT NULL,
	"claimed_until" timestamp with time zone,
	"sent_at" timestamp with time zone,
	CONSTRAINT "mail_dedupe_key_unique" UNIQUE("dedupe_key")
);
--> statement-breakpoint
ALTER TABLE "experiment" ADD COLUMN "staff_access_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "membership" ADD COLUMN "added_by" uuid;--> statement-breakpoint
ALTER TABLE "one_time_link" ADD COLUMN "email" text;--> statement-breakpoint
ALTER TABLE "person" ADD COLUMN "email_verified_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "person" ADD COLUMN "user_name" text;--> statement-breakpoint
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_experiment_id_experiment_id_fk" FOREIGN KEY ("experiment_id") REFERENCES "public"."experiment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_person_id_person_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_invited_by_person_id_fk" FOREIGN KEY ("invited_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_answered_by_person_id_fk" FOREIGN KEY ("answered_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ownership_offer" ADD CONSTRAINT "ownership_offer_experiment_id_experiment_id_fk" FOREIGN KEY ("experiment_id") REFERENCES "public"."experiment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ownership_offer" ADD CONSTRAINT "ownership_offer_from_person_person_id_fk" FOREIGN KEY ("from_person") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ownership_offer" ADD CONSTRAINT "ownership_offer_to_person_person_id_fk" FOREIGN KEY ("to_person") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mail" ADD CONSTRAINT "mail_person_id_person_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "invitation_one_pending_email" ON "invitation" USING btree ("experiment_id",lower("email")) WHERE "invitation"."state" = 'pending' and "invitation"."email" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "invitation_one_pending_name" ON "invitation" USING btree ("experiment_id","user_name") WHERE "invitation"."state" = 'pending' and "invitation"."user_name" is not null;--> statement-breakpoint
CREATE INDEX "invitation_email" ON "invitation" USING btree (lower("email")) WHERE "invitation"."state" = 'pending';--> statement-breakpoint
CREATE INDEX "invitation_person" ON "invitation" USING btree ("person_id") WHERE "invitation"."state" = 'pending';--> statement-breakpoint
CREATE INDEX "invitation_inviter" ON "invitation" USING btree ("invited_by","sent_at");--> statement-breakpoint
CREATE UNIQUE INDEX "ownership_offer_one_pending" ON "ownership_offer" USING btree ("experiment_id") WHERE "ownership_offer"."state" = 'pending';--> statement-breakpoint
CREATE INDEX "ownership_offer_to" ON "ownership_offer" USING btree ("to_person") WHERE "ownership_offer"."state" = 'pending';--> statement-breakpoint
CREATE INDEX "mail_created" ON "mail" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "mail_waiting" ON "mail" USING btree ("created_at") WHERE "mail"."state" = 'waiting';--> statement-breakpoint
CREATE INDEX "mail_link" ON "mail" USING btree ("useless_at") WHERE "mail"."link" is not null;--> statement-breakpoint
ALTER TABLE "membership" ADD CONSTRAINT "membership_added_by_person_id_fk" FOREIGN KEY ("added_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "person" ADD CONSTRAINT "person_user_name_unique" UNIQUE("user_name");--> statement-breakpoint
-- Whoever has a password got it by a link that an operator handed over.
UPDATE "person" SET "email_verified_at" = "created_at" WHERE "password_hash" IS NOT NULL;
