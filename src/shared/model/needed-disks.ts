import type { MachineStatus, NeededDisk } from '../contracts/agent-control.ts';

const PART_WORDS: Readonly<Record<NeededDisk['parts'][number], string>> = {
  buffer: 'buffer',
  spill: 'spilled buffer',
  state: 'state folder',
};

const WARN_SHARE = 0.1;
const ERROR_SHARE = 0.03;
/** Large disks of a facility are always nearly full: of one that only holds watched folders, this much free is enough. */
const ROOMY_BYTES = 1e12;
const SCARCE_BYTES = 100e9;

/** The disks that an agent told of; one of an older version told of two. Without a buffer (files are their own) its disk is none. */
export function neededDisks(machine: MachineStatus, hasBuffer: boolean): NeededDisk[] {
  if (machine.disks) return machine.disks;
  const state: NeededDisk = { parts: ['state'], folders: [], ...machine.stateDisk };
  return hasBuffer ? [{ parts: ['buffer'], folders: [], ...machine.bufferDisk }, state] : [state];
}

/** What lies on it, for people: "buffer", "state folder", "folder landing". */
export const diskContents = ({ parts, folders }: NeededDisk): string[] => [
  ...parts.map((part) => PART_WORDS[part]),
  ...folders.map((name) => `folder ${name}`),
];

/** Whether it is too full; null when there is room. */
export function diskLevel({ parts, freeBytes, totalBytes }: NeededDisk): 'warn' | 'error' | null {
  const share = totalBytes === 0 ? 1 : freeBytes / totalBytes;
  const isOwn = parts.length > 0;
  if (share < ERROR_SHARE && (isOwn || freeBytes < SCARCE_BYTES)) return 'error';
  return share < WARN_SHARE && (isOwn || freeBytes < ROOMY_BYTES) ? 'warn' : null;
}
