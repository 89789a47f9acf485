import { accessSync, constants, readFileSync } from 'node:fs';
import type { FolderConfig } from '../files/folder-config.ts';
import { IN, Inotify } from '../files/inotify.ts';
import { bytesOf, pathBytesOfText } from '../files/path-bytes.ts';
import { silentFileSystem } from '../files/watchability.ts';
import type { Finding } from './check-agent.ts';

/* What can be known of the folders that an agent is to watch. */

/** Of each folder, whether it can be read, and whether the system tells of changes. */
export async function checkWatchedFolders(folders: readonly FolderConfig[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const folder of folders) findings.push(await checkWatchedFolder(folder));
  return findings;
}

async function checkWatchedFolder({ name, path: where, watch }: FolderConfig): Promise<Finding> {
  const found = (ok: boolean, text: string) => ({ ok, text: `folder ${name}, ${where}: ${text}` });
  try {
    accessSync(where, constants.R_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return found(
      false,
      code === 'ENOENT'
        ? 'it is not there: make or mount it, or correct its path'
        : `this account cannot read it (${code})`,
    );
  }
  if (watch === 'polling')
    return found(true, 'can be read; it is looked through again and again, as configured');
  const silent = await silentFileSystem(pathBytesOfText(where));
  if (silent !== null && watch === 'auto')
    return found(
      true,
      `can be read; ${silent} does not tell of changes, so it is looked through again and again`,
    );
  if (silent !== null) {
    const advice = 'say polling = "auto" or "on", or changes made by other machines are found late';
    return found(false, `${silent} does not tell of changes, and polling is "off": ${advice}`);
  }
  const fault = await watchFault(where);
  if (fault === null) return found(true, 'can be read; the system tells of changes');
  return found(
    false,
    `the system does not tell of changes (${fault}), so it is looked through every few seconds`,
  );
}

/** Why a folder cannot be watched; null when it can. */
async function watchFault(folder: string): Promise<string | null> {
  try {
    const inotify = await Inotify.open({ onEvents: () => undefined, onFault: () => undefined });
    try {
      inotify.addWatch(bytesOf(pathBytesOfText(folder)), IN.CREATE | IN.ONLYDIR);
      return null;
    } finally {
      await inotify.close();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const LIMIT_FILE = '/proc/sys/fs/inotify/max_user_watches';
/** One watch per folder of the tree; below this, data taken over months reach it. */
const ROOMY_WATCHES = 65_536;

/** Whether the system allows enough watches. */
export function checkWatchLimit(): Finding {
  try {
    const limit = Number(readFileSync(LIMIT_FILE, 'utf8'));
    const text = `${limit} folders can be watched (fs.inotify.max_user_watches)`;
    if (limit >= ROOMY_WATCHES) return { ok: true, text };
    const advice = 'sysctl fs.inotify.max_user_watches=524288, also in /etc/sysctl.d';
    return { ok: false, text: `only ${text}; raise it: ${advice}` };
  } catch {
    return { ok: false, text: `${LIMIT_FILE} cannot be read: is this Linux?` };
  }
}
