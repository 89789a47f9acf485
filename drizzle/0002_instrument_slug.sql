DROP INDEX "instrument_slug";--> statement-breakpoint
CREATE UNIQUE INDEX "instrument_slug" ON "instrument" USING btree ("slug");