import { join } from 'node:path';
import { build } from 'esbuild';
import { PACKED_THREADS } from '#hub/agent/packed.ts';

/** The program and each of its threads as one script of plain JavaScript; all they need is in them but Node itself. */
export interface Bundle {
  main: string;
  /** By the name under which the program asks for them. */
  threads: ReadonlyMap<string, string>;
}

/** Packages with native modules, and what stands for them in the executable. */
const STAND_INS: Readonly<Record<string, string>> = {
  koffi: 'hub/sync/packed/koffi.ts',
  '@node-rs/crc32': 'hub/sync/packed/crc32.ts',
};

/** A script that is not read from a file has no address; libraries that ask for it get that of the executable. */
const ADDRESS = `const packedAddress = require('node:url').pathToFileURL(process.execPath).href;`;

async function script(root: string, entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, entry)],
    absWorkingDir: root,
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    legalComments: 'inline',
    charset: 'utf8',
    alias: Object.fromEntries(Object.entries(STAND_INS).map(([name, file]) => [name, join(root, file)])),
    banner: { js: ADDRESS },
    define: { 'import.meta.url': 'packedAddress' },
    logLevel: 'error',
  });
  return outputFiles[0]!.text;
}

/** @param root folder of the checkout */
export async function bundleSync(root: string): Promise<Bundle> {
  const threads = new Map<string, string>();
  for (const file of PACKED_THREADS) threads.set(file, await script(root, join('hub', file)));
  return { main: await script(root, 'hub/sync/index.ts'), threads };
}
