-- What the generator cannot say.
-- What is kept follows the rows of files in the same transaction, by rows that are only added: whoever stores waits for nobody.
CREATE FUNCTION "storage_change_of_files"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "storage_change" ("instrument_id", "bytes")
    SELECT "instrument_id", sum("size_bytes") FROM "added" GROUP BY "instrument_id";
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "file_stored" AFTER INSERT ON "file" REFERENCING NEW TABLE AS "added"
  FOR EACH STATEMENT EXECUTE FUNCTION "storage_change_of_files"();
--> statement-breakpoint
CREATE FUNCTION "storage_change_of_file"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "storage_change" ("instrument_id", "bytes")
    VALUES (OLD."instrument_id", CASE WHEN TG_OP = 'DELETE' THEN 0 ELSE NEW."size_bytes" END - OLD."size_bytes");
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "file_resized" AFTER UPDATE ON "file" FOR EACH ROW
  WHEN (OLD."size_bytes" IS DISTINCT FROM NEW."size_bytes") EXECUTE FUNCTION "storage_change_of_file"();
--> statement-breakpoint
CREATE TRIGGER "file_gone" AFTER DELETE ON "file" FOR EACH ROW EXECUTE FUNCTION "storage_change_of_file"();
--> statement-breakpoint
CREATE FUNCTION "storage_change_of_version"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  kept "file_version" := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  INSERT INTO "storage_change" ("instrument_id", "bytes")
    SELECT "instrument_id", CASE WHEN TG_OP = 'DELETE' THEN -kept."size_bytes" ELSE kept."size_bytes" END
    FROM "file" WHERE "id" = kept."file_id";
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "file_version_kept" AFTER INSERT OR DELETE ON "file_version"
  FOR EACH ROW EXECUTE FUNCTION "storage_change_of_version"();
--> statement-breakpoint
INSERT INTO "storage_use" ("instrument_id", "hot_bytes")
  SELECT "instrument_id", sum("size_bytes") FROM (
    SELECT "instrument_id", "size_bytes" FROM "file"
    UNION ALL
    SELECT "file"."instrument_id", "file_version"."size_bytes" FROM "file_version" JOIN "file" ON "file"."id" = "file_version"."file_id"
  ) "all_kept" GROUP BY "instrument_id";
