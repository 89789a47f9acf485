import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { ClearFault } from './lib/clear-fault.ts';

/**
 * A Chromium for the browser journeys: the system's, if there is one; Debian's package, when this is root; otherwise the build
 * Playwright downloads for itself.
 */

const run = promisify(execFile);
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** For runs without a screen and without a network beyond loopback. */
export const CHROMIUM_FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function inPath(name: string): string | null {
  for (const dir of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(dir, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not in this folder
    }
  }
  return null;
}

/** A system Chromium that really starts (a snap's stub or a half-removed package does not). */
export async function systemChromium(): Promise<string | null> {
  for (const name of NAMES) {
    const file = inPath(name);
    if (file === null) continue;
    try {
      await run(file, ['--version'], { timeout: 30_000 });
      return file;
    } catch (error) {
      process.stdout.write(
        `${file} does not start: ${error instanceof Error ? error.message : String(error)}\n`,
      );
    }
  }
  return null;
}

/** Path of the Chromium to use, or null for Playwright's own. Installs one when there is none; throws `ClearFault`. */
export async function ensureBrowser(): Promise<string | null> {
  const found = await systemChromium();
  if (found) return found;
  if (process.getuid?.() === 0 && inPath('apt-get')) {
    process.stdout.write('installing Chromium with apt-get …\n');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    try {
      await run('apt-get', ['update'], { env });
      await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], {
        env,
        maxBuffer: 64 * 1024 * 1024,
      });
    } catch (error) {
      const lines =
        error instanceof Error ? error.message.trim().split('\n').slice(-3).join(' ') : String(error);
      process.stdout.write(`Chromium could not be installed with apt-get: ${lines}\n`);
    }
    const installed = await systemChromium();
    if (installed) return installed;
  }
  const cli = join(import.meta.dirname, '..', 'node_modules', '@playwright', 'test', 'cli.js');
  try {
    await run(process.execPath, [cli, 'install', 'chromium'], { maxBuffer: 64 * 1024 * 1024 });
    return null;
  } catch (error) {
    throw new ClearFault(
      'There is no Chromium and none could be fetched: install one (on Debian: apt-get install chromium) and start again.',
      { cause: error },
    );
  }
}

if (import.meta.main) {
  try {
    process.stdout.write(`${(await ensureBrowser()) ?? "Playwright's own Chromium"}\n`);
  } catch (error) {
    process.stderr.write(`beamdeck: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
