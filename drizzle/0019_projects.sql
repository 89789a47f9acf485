CREATE TABLE "project_link" (
	"project_id" uuid NOT NULL,
	"experiment_id" uuid NOT NULL,
	"linked_by" uuid NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "project_link_project_id_experiment_id_pk" PRIMARY KEY("project_id","experiment_id"),
	CONSTRAINT "project_link_of_two" CHECK ("project_link"."project_id" <> "project_link"."experiment_id")
);
--> statement-breakpoint
ALTER TABLE "experiment" ALTER COLUMN "instrument_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "experiment" ADD COLUMN "kind" text DEFAULT 'experiment' NOT NULL;--> statement-breakpoint
ALTER TABLE "project_link" ADD CONSTRAINT "project_link_project_id_experiment_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."experiment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "project_link" ADD CONSTRAINT "project_link_experiment_id_experiment_id_fk" FOREIGN KEY ("experiment_id") REFERENCES "public"."experiment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "project_link" ADD CONSTRAINT "project_link_linked_by_person_id_fk" FOREIGN KEY ("linked_by") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "project_link_experiment" ON "project_link" USING btree ("experiment_id");--> statement-breakpoint
ALTER TABLE "experiment" ADD CONSTRAINT "experiment_at_instrument" CHECK (("experiment"."kind" = 'experiment') = ("experiment"."instrument_id" is not null));