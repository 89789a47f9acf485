import { constants, readFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import type { FolderConfig } from '../files/folder-config.ts';
import { FolderPlace } from '../files/folder-place.ts';
import { IN, Inotify } from '../files/inotify.ts';
import { bytesOf, type PathBytes, pathBytesOfText, shownPath } from '../files/path-bytes.ts';
import type { Finding } from './check-agent.ts';

/* What can be known of the folders that an agent is to watch. */

/** Of each folder, whether it can be read, and whether the system tells of changes. */
export async function checkWatchedFolders(folders: readonly FolderConfig[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const folder of folders) findings.push(await checkWatchedFolder(folder));
  return findings;
}

async function checkWatchedFolder({ name, path: where, watch }: FolderConfig): Promise<Finding> {
  const place = new FolderPlace(pathBytesOfText(where));
  const fault = await unreadable(place);
  const link = place.root === place.configured ? '' : ` (a link to ${shownPath(place.root)})`;
  const found = (ok: boolean, text: string) => ({ ok, text: `folder ${name}, ${where}${link}: ${text}` });
  if (fault !== null) return found(false, fault);
  if (watch === 'polling')
    return found(true, 'can be read; it is looked through again and again, as configured');
  const { ownSilent } = place;
  if (ownSilent !== null && watch === 'auto')
    return found(
      true,
      `can be read; ${ownSilent} does not tell of changes, so it is looked through again and again`,
    );
  const silentBelow = place.silentBelow().map(([path, system]) => `${shownPath(path)} (${system})`);
  const silent =
    ownSilent ?? (silentBelow.length === 0 ? null : `what is mounted at ${silentBelow.join(', ')}`);
  if (silent !== null && watch === 'events') {
    const advice = 'say polling = "auto" or "on", or changes made by other machines are found late';
    return found(false, `${silent} does not tell of changes, and polling is "off": ${advice}`);
  }
  const untold = await watchFault(place.root);
  if (untold !== null)
    return found(
      false,
      `the system does not tell of changes (${untold}), so it is looked through every few seconds`,
    );
  const told = 'can be read; the system tells of changes';
  if (silent === null) return found(true, told);
  return found(true, `${told}, but ${silent} does not, and is looked through again and again`);
}

/** Goes there as the running agent does. Returns why it cannot be watched; null when it can. */
async function unreadable(place: FolderPlace): Promise<string | null> {
  try {
    const here = await place.find();
    await access(bytesOf(here.root), constants.R_OK | constants.X_OK);
    await place.enter(here);
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'it is not there: make or mount it, or correct its path';
    if (code === 'ENOTDIR') return 'it is no folder: correct its path';
    return `this account cannot read it (${code})`;
  }
}

/** Why a folder cannot be watched; null when it can. */
async function watchFault(folder: PathBytes): Promise<string | null> {
  try {
    const inotify = await Inotify.open({ onEvents: () => undefined, onFault: () => undefined });
    try {
      inotify.addWatch(bytesOf(folder), IN.CREATE | IN.ONLYDIR);
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
