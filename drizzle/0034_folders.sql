CREATE TABLE "folder_change" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "folder_change_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"experiment_id" uuid NOT NULL,
	"parent" text NOT NULL,
	"files" integer NOT NULL,
	"size_bytes" bigint NOT NULL,
	"changed_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "folder_total" (
	"experiment_id" uuid NOT NULL,
	"path" text NOT NULL,
	"parent" text NOT NULL,
	"name" text NOT NULL,
	"files" bigint NOT NULL,
	"size_bytes" bigint NOT NULL,
	"changed_at" timestamp with time zone,
	CONSTRAINT "folder_total_experiment_id_path_pk" PRIMARY KEY("experiment_id","path")
);
--> statement-breakpoint
ALTER TABLE "folder_total" ADD CONSTRAINT "folder_total_experiment_id_experiment_id_fk" FOREIGN KEY ("experiment_id") REFERENCES "public"."experiment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "folder_change_experiment" ON "folder_change" USING btree ("experiment_id");--> statement-breakpoint
CREATE INDEX "folder_total_parent" ON "folder_total" USING btree ("experiment_id","parent");--> statement-breakpoint
CREATE INDEX "file_parent_size" ON "file" USING btree ("experiment_id","parent","size_bytes","name" collate "by_number");--> statement-breakpoint
CREATE INDEX "file_parent_time" ON "file" USING btree ("experiment_id","parent","committed_at","name" collate "by_number");--> statement-breakpoint
-- What the generator cannot say.
CREATE FUNCTION "folder_files_came"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "folder_change" ("experiment_id", "parent", "files", "size_bytes", "changed_at")
    SELECT "experiment_id", "parent", count(*), sum("size_bytes"), max("committed_at") FROM "came"
    WHERE "experiment_id" IS NOT NULL GROUP BY "experiment_id", "parent";
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "folder_file_came" AFTER INSERT ON "file" REFERENCING NEW TABLE AS "came"
  FOR EACH STATEMENT EXECUTE FUNCTION "folder_files_came"();
--> statement-breakpoint
CREATE FUNCTION "folder_file_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD."experiment_id" IS NOT NULL THEN
    INSERT INTO "folder_change" ("experiment_id", "parent", "files", "size_bytes")
      VALUES (OLD."experiment_id", OLD."parent", -1, -OLD."size_bytes");
  END IF;
  IF TG_OP = 'UPDATE' AND NEW."experiment_id" IS NOT NULL THEN
    INSERT INTO "folder_change" ("experiment_id", "parent", "files", "size_bytes", "changed_at")
      VALUES (NEW."experiment_id", NEW."parent", 1, NEW."size_bytes", NEW."committed_at");
  END IF;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "folder_file_moved" AFTER UPDATE ON "file" FOR EACH ROW
  WHEN ((OLD."experiment_id", OLD."parent", OLD."size_bytes") IS DISTINCT FROM (NEW."experiment_id", NEW."parent", NEW."size_bytes"))
  EXECUTE FUNCTION "folder_file_changed"();
--> statement-breakpoint
CREATE TRIGGER "folder_file_gone" AFTER DELETE ON "file" FOR EACH ROW EXECUTE FUNCTION "folder_file_changed"();
--> statement-breakpoint
INSERT INTO "folder_change" ("experiment_id", "parent", "files", "size_bytes", "changed_at")
  SELECT "experiment_id", "parent", count(*), sum("size_bytes"), max("committed_at") FROM "file"
  WHERE "experiment_id" IS NOT NULL GROUP BY "experiment_id", "parent";
