-- What the generator cannot say.
CREATE EXTENSION IF NOT EXISTS btree_gist;
--> statement-breakpoint
-- At most one active experiment per instrument, at any moment: held here, not by hope.
ALTER TABLE "activation" ADD CONSTRAINT "activation_no_overlap"
  EXCLUDE USING gist ("instrument_id" WITH =, tstzrange("started_at", "ended_at") WITH &&);
--> statement-breakpoint
-- One wake-up per statement; PostgreSQL folds equal notifications of one transaction into one.
CREATE FUNCTION "outbox_notify"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('beamdeck_outbox', '');
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "outbox_notify" AFTER INSERT ON "outbox" FOR EACH STATEMENT EXECUTE FUNCTION "outbox_notify"();
