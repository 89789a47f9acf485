ALTER TABLE "file" ADD COLUMN "changed_txid" "xid8" DEFAULT pg_current_xact_id() NOT NULL;--> statement-breakpoint
CREATE INDEX "file_changed" ON "file" USING btree ("experiment_id","changed_txid","id");--> statement-breakpoint
-- What a copy elsewhere must hear of: other bytes, another path, another experiment. Custody stamps and the store's key are not its business.
CREATE FUNCTION "file_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."changed_txid" := pg_current_xact_id();
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "file_changed" BEFORE UPDATE ON "file" FOR EACH ROW
  WHEN ((OLD."experiment_id", OLD."path", OLD."sha256", OLD."size_bytes", OLD."version")
    IS DISTINCT FROM (NEW."experiment_id", NEW."path", NEW."sha256", NEW."size_bytes", NEW."version"))
  EXECUTE FUNCTION "file_changed"();
