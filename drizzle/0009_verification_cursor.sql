ALTER TABLE "verification" ADD COLUMN "last_file_id" uuid;--> statement-breakpoint
-- Where one that is under way stands was a number of files, which says nothing when files were moved: it reads from the beginning.
UPDATE "verification" SET "files_checked" = 0, "bytes_checked" = 0, "faults" = '[]' WHERE "finished_at" IS NULL;
