CREATE TABLE "aborted_upload" (
	"id" uuid PRIMARY KEY NOT NULL,
	"store_key" text NOT NULL,
	"store_upload_ref" text NOT NULL,
	"aborted_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "aborted_upload_ref" ON "aborted_upload" USING btree ("store_upload_ref");--> statement-breakpoint
CREATE INDEX "aborted_upload_at" ON "aborted_upload" USING btree ("aborted_at");