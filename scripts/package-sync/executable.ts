import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'postject';
import type { PackedNative } from '#hub/sync/packed-natives.ts';
import { ClearFault } from '../lib/clear-fault.ts';
import type { Bundle } from './bundle.ts';
import { platformPackage } from './platform-package.ts';

const run = promisify(execFile);

export type Arch = 'x64' | 'arm64';

/** Marks in the Node binary whether a program is packed into it (single executable applications, Node's documentation). */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

function present(file: string): string {
  if (existsSync(file)) return file;
  throw new ClearFault(`${file} is missing: run npm ci.`);
}

/** @returns path of the native module, and under which name the program asks for it */
async function natives(root: string, arch: Arch, work: string): Promise<Record<PackedNative, string>> {
  const koffi = await platformPackage(root, `@koromix/koffi-linux-${arch}`, work);
  const crc32 = await platformPackage(root, `@node-rs/crc32-linux-${arch}-gnu`, work);
  return {
    'koffi.node': present(join(koffi, `linux_${arch}/koffi.node`)),
    'crc32.node': present(join(crc32, `crc32.linux-${arch}-gnu.node`)),
  };
}

/** Writes one executable file that holds Node, the program, its threads and its native modules. @param work an empty folder for what lies between */
export async function makeExecutable(
  bundle: Bundle,
  { root, arch, work, out }: { root: string; arch: Arch; work: string; out: string },
): Promise<void> {
  const node = present(join(await platformPackage(root, `node-linux-${arch}`, work), 'bin/node'));
  const assets: Record<string, string> = {
    ...(await natives(root, arch, work)),
    'package.json': join(root, 'package.json'),
  };
  for (const [name, text] of bundle.threads) {
    const file = join(work, name.replaceAll('/', '-'));
    writeFileSync(file, text);
    assets[name] = file;
  }
  const main = join(work, 'main.cjs');
  const blob = join(work, 'program.blob');
  writeFileSync(main, bundle.main);
  const config = join(work, 'sea.json');
  writeFileSync(
    config,
    JSON.stringify({
      main,
      output: blob,
      disableExperimentalSEAWarning: true,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      assets,
    }),
  );
  // The blob is made by the Node of this machine and is the same for every architecture; versions must agree.
  await run(process.execPath, ['--experimental-sea-config', config]);
  copyFileSync(node, out);
  chmodSync(out, 0o755);
  await inject(out, 'NODE_SEA_BLOB', readFileSync(blob), { sentinelFuse: FUSE });
}
