import { ConfigError, config } from '#src/server/config/config.ts';
import { createStore, isS3, reportOfStore } from '#src/server/storage/create-store.ts';
import { AppError } from '#src/shared/errors/app-error.ts';

/** `npm run store`: tries the configured store out and says what it can do. Ends with 1 when it cannot be used. */
async function main(): Promise<number> {
  const settings = config();
  const where = isS3(settings) ? `bucket ${settings.s3Bucket} at ${settings.s3Endpoint}` : settings.storeDir;
  await createStore(settings).check();
  const { lines, fault } = await reportOfStore(settings);
  process.stdout.write([`store: ${settings.store}, ${where}`, ...lines, ''].join('\n'));
  if (fault !== null) process.stdout.write(`${fault}\n`);
  return fault === null ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof AppError)) throw error;
  process.stderr.write(`beamdeck: ${error.message}\n`);
  process.exitCode = 1;
}
