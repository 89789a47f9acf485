import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { config, loadConfig, type ServerConfig } from '#src/server/config/config.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/**
 * Configuration for a command of the operator: from the environment and `.env` as in a real installation; without DATABASE_URL, that of the
 * Beamdeck which `npm run up` keeps in `.data`.
 */
export function scriptConfig(): ServerConfig {
  const envFile = join(ROOT, '.env');
  // Variables that are set already win over the file.
  if (existsSync(envFile)) process.loadEnvFile(envFile);
  const demoFile = join(ROOT, '.data', 'demo.json');
  const named = process.env.DATABASE_URL || process.env.DATABASE_URL_FILE;
  if (named || !existsSync(demoFile)) return config();
  const demo = JSON.parse(readFileSync(demoFile, 'utf8')) as { web: string; data: string; database: string };
  return loadConfig({
    DATABASE_URL: demo.database,
    BEAMDECK_WEB_URL: demo.web,
    BEAMDECK_DATA_URL: demo.data,
    BEAMDECK_STORE_DIR: join(ROOT, '.data', 'store'),
    BEAMDECK_RUNS_DIR: join(ROOT, '.data', 'runs'),
    BEAMDECK_SECRET: readFileSync(join(ROOT, '.data', 'secret'), 'utf8').trim(),
    BEAMDECK_LOG_LEVEL: 'warn',
  });
}
