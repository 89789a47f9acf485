import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';
import { promisify } from 'node:util';
import { type ControlGroups, endGroup, enterCommand, makeGroup } from './run-group.ts';

interface Mount {
  type: string;
  /** The part of the hierarchy that is mounted: not `/` in many containers. */
  root: string;
  point: string;
  options: string[];
}

/** Lines of /proc/self/mountinfo (proc(5)): … root, mount point, … `-` type, source, options of the file system. */
function parseMounts(mountinfo: string): Mount[] {
  return mountinfo
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ');
      const [, , , root = '/', point = '/'] = before.split(' ');
      const [type = '', , options = ''] = after.split(' ');
      return { type, root, point, options: options.split(',') };
    });
}

/** A group's folder below the mount of its hierarchy; the mount itself for a group outside of what is mounted. */
function folderOf(mount: Mount, group: string): string {
  const inside = posix.relative(mount.root, group);
  return inside.startsWith('..') ? mount.point : posix.join(mount.point, inside);
}

/** The groups with all of CPU, memory and processes in which this process may be, by its own place in them; version 1 first, as on hybrid systems. */
export function candidates(ownGroups: string, mountinfo: string): ControlGroups[] {
  const mounts = parseMounts(mountinfo);
  const own = ownGroups
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [, controllers = '', ...path] = line.split(':');
      return { controllers: controllers.split(','), path: path.join(':') };
    });
  const found: ControlGroups[] = [];
  const first = (controller: string): string | null => {
    const mount = mounts.find(({ type, options }) => type === 'cgroup' && options.includes(controller));
    const place = own.find(({ controllers }) => controllers.includes(controller));
    return mount && place ? folderOf(mount, place.path) : null;
  };
  const [cpu, cpuacct, memory, pids] = [first('cpu'), first('cpuacct'), first('memory'), first('pids')];
  if (cpu && cpuacct && memory && pids) found.push({ version: 1, cpu, cpuacct, memory, pids });

  const unified = mounts.find(({ type }) => type === 'cgroup2');
  const place = own.find(({ controllers }) => controllers.join() === '');
  if (unified && place) {
    const folder = folderOf(unified, place.path);
    // A group that has processes can hand no controller on, so the one above comes into question too: where systemd delegates
    // (`Delegate=`, `DelegateSubgroup=`) that is the service's own.
    const folders = folder === unified.point ? [folder] : [folder, posix.dirname(folder)];
    for (const each of folders) {
      found.push({ version: 2, cpu: each, cpuacct: each, memory: each, pids: each });
    }
  }
  return found;
}

const CONTROLLERS = ['cpu', 'memory', 'pids'];

/** Has a version 2 group hand its controllers on to the groups in it. Slices belong to systemd and are taken as they are. */
function handOn(folder: string): void {
  const handedOn = readFileSync(`${folder}/cgroup.subtree_control`, 'utf8').trim().split(' ');
  const missing = CONTROLLERS.filter((controller) => !handedOn.includes(controller));
  if (missing.length === 0) return;
  if (folder.endsWith('.slice')) throw new Error(`${folder} hands on no ${missing.join(', ')}.`);
  writeFileSync(`${folder}/cgroup.subtree_control`, missing.map((controller) => `+${controller}`).join(' '));
}

const run = promisify(execFile);
const PROBE_MS = 10_000;
const PROBE_LIMITS = { cpus: 1, memoryBytes: 64 * 1024 ** 2, processes: 16 };

/** Makes a group, has a program run in it and removes it. */
async function works(groups: ControlGroups): Promise<boolean> {
  try {
    if (groups.version === 2) handOn(groups.cpu);
    const { group, make } = makeGroup(groups, 'beamdeck-probe', PROBE_LIMITS);
    try {
      make();
      const [file = '', ...args] = [...enterCommand(group), 'true'];
      await run(file, args, { timeout: PROBE_MS });
      return true;
    } finally {
      await endGroup(group);
    }
  } catch {
    // Not ours to change, as for most people who are not root: the next candidate, or none, is the answer.
    return false;
  }
}

async function find(): Promise<ControlGroups | null> {
  let texts: [string, string];
  try {
    texts = [readFileSync('/proc/self/cgroup', 'utf8'), readFileSync('/proc/self/mountinfo', 'utf8')];
  } catch {
    // A system without control groups.
    return null;
  }
  for (const groups of candidates(...texts)) {
    if (await works(groups)) return groups;
  }
  return null;
}

let found: Promise<ControlGroups | null> | undefined;
/** Tried once per process; null: this machine has none that may be used. */
export function findControlGroups(): Promise<ControlGroups | null> {
  found ??= find();
  return found;
}
