import { createHash } from 'node:crypto';
import {
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { ClearFault, explain } from './lib/clear-fault.ts';
import { bundleSync } from './package-sync/bundle.ts';
import { type Arch, makeExecutable } from './package-sync/executable.ts';
import { makeDeb, makeRpm } from './package-sync/packages.ts';

/** `npm run package:sync`: beamdeck-sync as one executable, with its checksum, and as .deb and .rpm. */

const ROOT = join(import.meta.dirname, '..');

const HELP = `npm run package:sync -- [options]

  --out DIR           where to (dist/sync)
  --arch x64|arm64    for which processors (those of this machine)
  --executable-only   no .deb and no .rpm
  --help              this text
`;

const OPTIONS = {
  out: { type: 'string', default: join(ROOT, 'dist/sync') },
  arch: { type: 'string', default: process.arch },
  'executable-only': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function archOf(text: string): Arch {
  if (text === 'x64' || text === 'arm64') return text;
  throw new ClearFault(`--arch must be x64 or arm64, not "${text}".`);
}

/** A line as `sha256sum -c` checks it, beside the file. */
async function writeChecksum(file: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  writeFileSync(`${file}.sha256`, `${hash.digest('hex')}  ${basename(file)}\n`);
}

async function finish(file: string): Promise<void> {
  await writeChecksum(file);
  say(`${file}  ${(statSync(file).size / 1e6).toFixed(0)} MB`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return say(HELP.trimEnd());
  const arch = archOf(values.arch);
  const out = resolve(process.env.INIT_CWD ?? '.', values.out);
  mkdirSync(out, { recursive: true });
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const work = mkdtempSync(join(tmpdir(), 'beamdeck-package-'));
  try {
    const executable = join(out, 'beamdeck-sync');
    await makeExecutable(await bundleSync(ROOT), { root: ROOT, arch, work, out: executable });
    await finish(executable);
    if (values['executable-only']) return;
    const order = { root: ROOT, arch, version, executable, work, out };
    const deb = await makeDeb(order);
    if (deb) await finish(deb);
    else say('No .deb: dpkg-deb is not installed here.');
    const rpm = await makeRpm(order);
    if (rpm) await finish(rpm);
    else say('No .rpm: rpmbuild is not installed here.');
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error, 'packaging beamdeck-sync').message}\n`);
  process.exitCode = 1;
});
