-- What the generator cannot say.
-- The ledger only grows: a wrong row is put right by another row.
CREATE FUNCTION "ledger_entry_refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'ledger_entry is append-only' USING ERRCODE = 'restrict_violation';
END
$$;
--> statement-breakpoint
CREATE TRIGGER "ledger_entry_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "ledger_entry"
  FOR EACH STATEMENT EXECUTE FUNCTION "ledger_entry_refuse_change"();
--> statement-breakpoint
-- The totals of a licence follow its rows in the same transaction; whoever adds a row holds the licence's row from then on.
CREATE FUNCTION "ledger_entry_count"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "licence" SET
    "granted_cpu_ms" = "granted_cpu_ms" + CASE WHEN NEW."kind" IN ('grant', 'withdraw') THEN NEW."cpu_ms" ELSE 0 END,
    "reserved_cpu_ms" = "reserved_cpu_ms" - CASE WHEN NEW."kind" IN ('reserve', 'release') THEN NEW."cpu_ms" ELSE 0 END,
    "settled_cpu_ms" = "settled_cpu_ms" - CASE WHEN NEW."kind" IN ('settle', 'refund') THEN NEW."cpu_ms" ELSE 0 END
  WHERE "id" = NEW."licence_id";
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "ledger_entry_totals" AFTER INSERT ON "ledger_entry"
  FOR EACH ROW EXECUTE FUNCTION "ledger_entry_count"();
