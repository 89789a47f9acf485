import { execFile } from 'node:child_process';
import { lstat, readlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Isolation } from './compute.port.ts';

/**
 * Confines a program with bubblewrap: no network, no other processes, of the file system only the system's own
 * programs, the job templates, the experiment's files (read-only) and the job's working folder.
 *
 * Started by root, bubblewrap sets up the mounts and setpriv then becomes nobody *inside*: becoming nobody before would
 * fail wherever a folder above the data is closed to others. Where nobody may not read the templates or the data
 * themselves (umask 077), root without capabilities is what is left, and the job says so.
 */
export type SandboxKind = 'nobody' | 'root-without-capabilities' | 'own-user' | 'none';

export const ISOLATION_TEXT: Readonly<Record<SandboxKind, Isolation>> = {
  nobody: 'bubblewrap (user nobody)',
  'root-without-capabilities': 'bubblewrap (root without capabilities)',
  'own-user': 'bubblewrap',
  none: 'none',
};

export const NOBODY_ID = 65_534;
/** Where the program finds things inside. */
export const INSIDE = { app: '/app', tree: '/data', work: '/job' } as const;

const run = promisify(execFile);

/** All a program, its supervisor and the probe get to know of the worker's environment. */
export const PROGRAM_ENV: NodeJS.ProcessEnv = {
  NODE_ENV: 'production',
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/tmp',
  LANG: 'C.UTF-8',
  TZ: 'UTC',
};

const PROBE_MS = 10_000;
const SYSTEM_FOLDERS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64'];
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning'];

/** The project's folder; a function, since only processes that run from source ever ask. */
const appFolder = () => resolve(import.meta.dirname, '../../..');

/** bubblewrap makes the folders that lead to a mount closed to others; nobody the user must pass. */
const openFolder = (path: string) => ['--perms', '0755', '--dir', path];

/** On most systems /bin, /lib … are links into /usr; on older ones folders of their own. */
async function systemMounts(): Promise<string[]> {
  const mounts = [
    '--ro-bind',
    '/usr',
    '/usr',
    ...openFolder('/etc'),
    '--ro-bind-try',
    '/etc/ld.so.cache',
    '/etc/ld.so.cache',
  ];
  mounts.push('--ro-bind-try', '/etc/alternatives', '/etc/alternatives');
  for (const folder of SYSTEM_FOLDERS) {
    const stat = await lstat(folder).catch(() => null);
    if (stat?.isSymbolicLink()) mounts.push('--symlink', await readlink(folder), folder);
    else if (stat?.isDirectory()) mounts.push('--ro-bind', folder, folder);
  }
  return mounts;
}

async function confine(kind: Exclude<SandboxKind, 'none'>, mounts: string[], argv: string[]) {
  const app = appFolder();
  const shared = [
    'bwrap',
    ...(await systemMounts()),
    ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
    ...openFolder(INSIDE.app),
    ...openFolder(`${INSIDE.app}/src`),
    ...['--ro-bind', process.execPath, `${INSIDE.app}/node`],
    ...['--ro-bind', `${app}/package.json`, `${INSIDE.app}/package.json`],
    ...['--ro-bind', `${app}/templates`, `${INSIDE.app}/templates`],
    ...['--ro-bind', `${app}/src/shared`, `${INSIDE.app}/src/shared`],
    ...mounts,
    '--die-with-parent',
    '--new-session',
  ];
  if (kind === 'own-user') return [...shared, '--unshare-all', '--', ...argv];
  const apart = ['--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'];
  if (kind === 'root-without-capabilities') return [...shared, ...apart, '--cap-drop', 'ALL', '--', ...argv];
  const become = ['setpriv', '--reuid', `${NOBODY_ID}`, '--regid', `${NOBODY_ID}`, '--clear-groups'];
  return [
    ...shared,
    ...apart,
    ...['--cap-drop', 'ALL', '--cap-add', 'CAP_SETUID', '--cap-add', 'CAP_SETGID'],
    ...['--', ...become, '--inh-caps=-all', '--', ...argv],
  ];
}

/** The strongest of the ways that work on this machine: each is tried with the very mounts a job gets. */
async function probe(): Promise<SandboxKind> {
  const isRoot = process.getuid?.() === 0;
  const kinds = isRoot ? (['nobody', 'root-without-capabilities'] as const) : (['own-user'] as const);
  const reads = `require('fs').accessSync('${INSIDE.app}/templates/lib/read-input.ts', 4)`;
  for (const kind of kinds) {
    const [file = '', ...args] = await confine(kind, [], [`${INSIDE.app}/node`, '-e', reads]);
    try {
      await run(file, args, { timeout: PROBE_MS, env: PROGRAM_ENV });
      return kind;
    } catch {
      // Not installed, or not allowed here (as in most containers): the next weaker way is tried.
    }
  }
  return 'none';
}

let found: Promise<SandboxKind> | undefined;
/** Tried once per process. */
export function strongestSandbox(): Promise<SandboxKind> {
  found ??= probe();
  return found;
}

let limiter: Promise<boolean> | undefined;
function hasPrlimit(): Promise<boolean> {
  limiter ??= run('prlimit', ['--version'], { timeout: PROBE_MS, env: PROGRAM_ENV }).then(
    () => true,
    () => false,
  );
  return limiter;
}

export interface ProgramPlaces {
  treeDir: string;
  workDir: string;
}

/** Where the program sees its data and its working folder. */
export const placesInside = (kind: SandboxKind, host: ProgramPlaces): ProgramPlaces =>
  kind === 'none' ? host : { treeDir: INSIDE.tree, workDir: INSIDE.work };

/** The command line of a built-in template. */
export async function commandLine(
  kind: SandboxKind,
  template: string,
  host: ProgramPlaces,
  limits: { memoryBytes: number },
): Promise<string[]> {
  const file = `templates/${template}/index.ts`;
  const confined =
    kind === 'none'
      ? [process.execPath, ...NODE_FLAGS, `${appFolder()}/${file}`]
      : await confine(
          kind,
          [
            ...['--ro-bind', host.treeDir, INSIDE.tree],
            ...['--bind', host.workDir, INSIDE.work],
            ...['--chdir', INSIDE.work],
          ],
          [`${INSIDE.app}/node`, ...NODE_FLAGS, `${INSIDE.app}/${file}`],
        );
  if (!(await hasPrlimit())) return confined;
  // Data, not address space: V8 reserves many times what it uses.
  return ['prlimit', '--core=0', '--nofile=4096', `--data=${limits.memoryBytes}`, '--', ...confined];
}
