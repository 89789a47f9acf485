ALTER TABLE "job" ADD COLUMN "used_cpu_ms" bigint;--> statement-breakpoint
ALTER TABLE "job" ADD COLUMN "peak_memory_bytes" bigint;