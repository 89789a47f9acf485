import { ConfigError, type ServerConfig } from '#src/server/config/config.ts';
import { createStore, isS3, reportOfStore } from '#src/server/storage/create-store.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { ClearFault } from './lib/clear-fault.ts';
import { scriptConfig } from './lib/script-config.ts';
import { moveCommand } from './store/move-command.ts';

const HELP = `npm run store                                  tries the configured store out and says what it can do
npm run store -- move                          copies the data of a folder into the bucket of BEAMDECK_S3_…
npm run store -- move --final                  the last time, with everything stopped: says what to set then
                      --without-faulty         leaves behind what is damaged or missing in the folder already
`;

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Tries the configured store out and says what it can do. Returns 1 when it cannot be used. */
async function report(settings: ServerConfig): Promise<number> {
  const where = isS3(settings) ? `bucket ${settings.s3Bucket} at ${settings.s3Endpoint}` : settings.storeDir;
  await createStore(settings).check();
  const { lines, fault } = await reportOfStore(settings);
  for (const line of [`store: ${settings.store}, ${where}`, ...lines]) say(line);
  if (fault !== null) say(fault);
  return fault === null ? 0 : 1;
}

/** `npm run store` */
async function main([command, ...rest]: string[]): Promise<number> {
  if (command === undefined) return report(scriptConfig());
  if (command === 'move') return moveCommand(rest, scriptConfig(), say);
  say(HELP.trimEnd());
  return command === 'help' || command === '--help' ? 0 : 2;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUsage =
    error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  if (
    !(error instanceof ConfigError || error instanceof AppError || error instanceof ClearFault || isUsage)
  ) {
    throw error;
  }
  process.stderr.write(`beamdeck: ${error.message}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
