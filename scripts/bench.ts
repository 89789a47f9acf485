import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** `npm run bench -- NAME [args]`: runs `bench/NAME.ts`, which prints one JSON line last. */
const FOLDER = join(import.meta.dirname, '..', 'bench');
const [, , name, ...args] = process.argv;
const names = existsSync(FOLDER)
  ? readdirSync(FOLDER)
      .filter((file) => /^[a-z][a-z0-9-]*\.ts$/.test(file))
      .map((file) => file.slice(0, -3))
  : [];

if (name === undefined || !names.includes(name)) {
  process.stderr.write(`beamdeck: say which measurement: ${names.join(', ') || 'there is none yet'}.\n`);
  process.exitCode = 1;
} else {
  const file = join(FOLDER, `${name}.ts`);
  process.argv = [process.argv[0]!, file, ...args];
  await import(pathToFileURL(file).href);
}
