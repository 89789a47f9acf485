ALTER TABLE "sample" ADD COLUMN "parent_id" uuid;--> statement-breakpoint
ALTER TABLE "sample" ADD COLUMN "safety" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "sample" ADD CONSTRAINT "sample_parent_id_sample_id_fk" FOREIGN KEY ("parent_id") REFERENCES "public"."sample"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "sample_parent" ON "sample" USING btree ("parent_id");