-- What is searched is kept beside the row: a frequent word finds thousands of rows, and each is looked at again behind the trigram index.
DROP INDEX "experiment_search";
--> statement-breakpoint
ALTER TABLE "experiment" ADD COLUMN "search_text" text NOT NULL
  GENERATED ALWAYS AS ("experiment_search"("code", "title", "keywords", "pi_name")) STORED;
--> statement-breakpoint
CREATE INDEX "experiment_search" ON "experiment" USING gin ("search_text" gin_trgm_ops);
