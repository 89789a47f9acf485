import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { envExample } from '#src/server/config/env-example.ts';

/** Writes `.env.example` from the configuration schema. */
writeFileSync(join(import.meta.dirname, '..', '.env.example'), envExample());
