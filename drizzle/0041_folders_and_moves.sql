CREATE TABLE "former_place" (
	"store_key" text PRIMARY KEY NOT NULL,
	"file_id" uuid NOT NULL,
	"experiment_id" uuid NOT NULL,
	"left_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "made_folder" (
	"experiment_id" uuid NOT NULL,
	"path" text NOT NULL,
	"made_by" uuid NOT NULL,
	"made_at" timestamp with time zone NOT NULL,
	CONSTRAINT "made_folder_experiment_id_path_pk" PRIMARY KEY("experiment_id","path")
);
--> statement-breakpoint
ALTER TABLE "former_place" ADD CONSTRAINT "former_place_file_id_file_id_fk" FOREIGN KEY ("file_id") REFERENCES "public"."file"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "former_place" ADD CONSTRAINT "former_place_experiment_id_experiment_id_fk" FOREIGN KEY ("experiment_id") REFERENCES "public"."experiment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "made_folder" ADD CONSTRAINT "made_folder_experiment_id_experiment_id_fk" FOREIGN KEY ("experiment_id") REFERENCES "public"."experiment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "made_folder" ADD CONSTRAINT "made_folder_made_by_person_id_fk" FOREIGN KEY ("made_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "former_place_left" ON "former_place" USING btree ("left_at");--> statement-breakpoint
CREATE INDEX "former_place_file" ON "former_place" USING btree ("file_id");