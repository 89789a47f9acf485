CREATE TABLE "kept_answer" (
	"token_id" uuid NOT NULL,
	"key" text NOT NULL,
	"request_hash" text NOT NULL,
	"status" integer NOT NULL,
	"answer" jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "kept_answer_token_id_key_pk" PRIMARY KEY("token_id","key")
);
--> statement-breakpoint
ALTER TABLE "acquisition" ADD COLUMN "name" text;--> statement-breakpoint
ALTER TABLE "acquisition" ADD COLUMN "announced_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "api_token" ADD COLUMN "instrument_id" uuid;--> statement-breakpoint
ALTER TABLE "kept_answer" ADD CONSTRAINT "kept_answer_token_id_api_token_id_fk" FOREIGN KEY ("token_id") REFERENCES "public"."api_token"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "kept_answer_created" ON "kept_answer" USING btree ("created_at");--> statement-breakpoint
ALTER TABLE "api_token" ADD CONSTRAINT "api_token_instrument_id_instrument_id_fk" FOREIGN KEY ("instrument_id") REFERENCES "public"."instrument"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "acquisition_name" ON "acquisition" USING btree ("experiment_id","name") WHERE "acquisition"."name" is not null;--> statement-breakpoint
CREATE INDEX "api_token_instrument" ON "api_token" USING btree ("instrument_id","created_at") WHERE "api_token"."instrument_id" is not null;--> statement-breakpoint
ALTER TABLE "api_token" ADD CONSTRAINT "api_token_one_place" CHECK ("api_token"."experiment_id" is null or "api_token"."instrument_id" is null);