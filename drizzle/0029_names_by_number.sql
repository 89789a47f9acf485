-- What the generator cannot say.
-- Deterministic, as collations are unless told otherwise: names that differ in any byte are never taken for the same.
CREATE COLLATION "by_number" (provider = icu, locale = 'und-u-kn-true');--> statement-breakpoint
DROP INDEX "dataset_folder";--> statement-breakpoint
DROP INDEX "file_parent";--> statement-breakpoint
CREATE INDEX "dataset_folder" ON "dataset" USING btree ("experiment_id",regexp_replace("base", '/[^/]*$', ''),regexp_replace("base", '^.*/', '') collate "by_number");--> statement-breakpoint
CREATE INDEX "file_parent" ON "file" USING btree ("experiment_id","parent","name" collate "by_number");