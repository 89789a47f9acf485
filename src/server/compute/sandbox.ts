import { execFile } from 'node:child_process';
import { lstat, readlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../../shared/errors/app-error.ts';
import type { RunLimits } from './compute.port.ts';
import { type LimitMeans, limitCommand, userIdOf } from './run-limits.ts';
import { type Program, scriptCommand, scriptMounts } from './script-program.ts';

/**
 * Confines a program with bubblewrap: no network unless it was allowed, no other processes, of the file system only the system's own
 * programs, the job templates, the experiment's files (read-only) and the job's working folder.
 *
 * Started by root, bubblewrap sets up the mounts and setpriv then becomes a user of the run's own *inside*: becoming it before
 * would fail wherever a folder above the data is closed to others. Where others may not read the templates or the data
 * themselves (umask 077), root without capabilities is what is left, and the job says so.
 */
export type SandboxKind = 'own-id' | 'root-without-capabilities' | 'own-user' | 'none';

export const SANDBOX_WORDS: Readonly<Record<SandboxKind, string>> = {
  'own-id': 'bubblewrap (a user id of its own)',
  'root-without-capabilities': 'bubblewrap (root without capabilities)',
  'own-user': 'bubblewrap',
  none: 'no sandbox: bubblewrap does not work here',
};

/** Where the program finds things inside. */
export const INSIDE = { app: '/app', tree: '/data', work: '/job', feed: '/feed' } as const;

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
const PROBE_MEMORY_BYTES = 64 * 1024 ** 2;
/** bubblewrap tells there, a JSON object a line, whether it started the program (bwrap(1)). */
const STATUS_FD = 3;
const SYSTEM_FOLDERS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64'];
/** Without its settings Debian's matplotlib cannot be imported, and DIALS with it. */
const SYSTEM_SETTINGS = ['/etc/ld.so.cache', '/etc/alternatives', '/etc/fonts', '/etc/matplotlibrc'];
/** What programs look names and certificates up in. */
const NETWORK_SETTINGS = [
  ...['/etc/resolv.conf', '/etc/hosts', '/etc/nsswitch.conf', '/etc/gai.conf'],
  ...['/etc/ssl', '/etc/ca-certificates', '/etc/pki'],
];
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning'];

/** The project's folder; a function, since only processes that run from source ever ask. */
const appFolder = () => resolve(import.meta.dirname, '../../..');

/** bubblewrap makes the folders that lead to a mount closed to others; the run's user must pass. */
const openFolder = (path: string) => ['--perms', '0755', '--dir', path];

/** On most systems /bin, /lib … are links into /usr; on older ones folders of their own. */
async function systemMounts(): Promise<string[]> {
  const mounts = ['--ro-bind', '/usr', '/usr', ...openFolder('/etc')];
  for (const path of SYSTEM_SETTINGS) mounts.push('--ro-bind-try', path, path);
  for (const folder of SYSTEM_FOLDERS) {
    const stat = await lstat(folder).catch(() => null);
    if (stat?.isSymbolicLink()) mounts.push('--symlink', await readlink(folder), folder);
    else if (stat?.isDirectory()) mounts.push('--ro-bind', folder, folder);
  }
  return mounts;
}

/** A disk in memory, which counts as memory of the run. */
const memoryDisk = (sizeBytes: number, path: string) => [
  ...['--size', `${sizeBytes}`, '--perms', '1777', '--tmpfs', path],
];

async function confine(
  kind: Exclude<SandboxKind, 'none'>,
  mounts: string[],
  argv: string[],
  run: { userId: number; memoryBytes: number; network?: boolean },
) {
  const app = appFolder();
  const shared = [
    'bwrap',
    ...(await systemMounts()),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...memoryDisk(run.memoryBytes, '/dev/shm'),
    ...memoryDisk(run.memoryBytes, '/tmp'),
    ...openFolder(INSIDE.app),
    ...openFolder(`${INSIDE.app}/src`),
    ...['--ro-bind', process.execPath, `${INSIDE.app}/node`],
    ...['--ro-bind', `${app}/package.json`, `${INSIDE.app}/package.json`],
    ...['--ro-bind', `${app}/templates`, `${INSIDE.app}/templates`],
    ...['--ro-bind', `${app}/src/shared`, `${INSIDE.app}/src/shared`],
    ...(run.network ? NETWORK_SETTINGS.flatMap((path) => ['--ro-bind-try', path, path]) : []),
    ...mounts,
    // Last: what the mounts above hang on are memory disks too, without a limit of their own.
    ...['--remount-ro', '/dev', '--remount-ro', '/'],
    '--die-with-parent',
    '--new-session',
  ];
  if (kind === 'own-user') {
    return [...shared, '--unshare-all', ...(run.network ? ['--share-net'] : []), '--', ...argv];
  }
  const apart = ['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'];
  if (!run.network) apart.push('--unshare-net');
  if (kind === 'root-without-capabilities') return [...shared, ...apart, '--cap-drop', 'ALL', '--', ...argv];
  const become = ['setpriv', '--reuid', `${run.userId}`, '--regid', `${run.userId}`, '--clear-groups'];
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
  const kinds = isRoot ? (['own-id', 'root-without-capabilities'] as const) : (['own-user'] as const);
  const reads = `require('fs').accessSync('${INSIDE.app}/templates/lib/read-input.ts', 4)`;
  for (const kind of kinds) {
    const [file = '', ...args] = await confine(kind, [], [`${INSIDE.app}/node`, '-e', reads], {
      userId: userIdOf('probe'),
      memoryBytes: PROBE_MEMORY_BYTES,
    });
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
export function hasPrlimit(): Promise<boolean> {
  limiter ??= run('prlimit', ['--version'], { timeout: PROBE_MS, env: PROGRAM_ENV }).then(
    () => true,
    () => false,
  );
  return limiter;
}

export interface ProgramPlaces {
  treeDir: string;
  workDir: string;
  /** Null: it is told nothing while it goes on. */
  feedDir: string | null;
}

/** Where the program sees its data and its working folder. */
export const placesInside = (kind: SandboxKind, host: ProgramPlaces): ProgramPlaces =>
  kind === 'none'
    ? host
    : { treeDir: INSIDE.tree, workDir: INSIDE.work, feedDir: host.feedDir && INSIDE.feed };

/** What people wrote never runs unconfined, whatever the installation allows its own programs. */
function unconfined(program: Program): string[] {
  if (program.kind === 'built-in') return [process.execPath, ...NODE_FLAGS, `${appFolder()}/${program.file}`];
  throw new AppError(
    'UNAVAILABLE',
    'Scripts run only in a sandbox, and there is none on this machine: install bubblewrap (apt-get install bubblewrap).',
  );
}

/** A command where programs of jobs run, without data and working folder: to see what they would find. */
export const lookAround = async (kind: SandboxKind, argv: string[]): Promise<string[]> =>
  kind === 'none'
    ? argv
    : confine(kind, [], argv, { userId: userIdOf('look'), memoryBytes: PROBE_MEMORY_BYTES });

/** The command line of a program, confined. Throws UNAVAILABLE for a script that cannot be. */
export async function commandLine(
  kind: SandboxKind,
  program: Program,
  host: ProgramPlaces,
  run: { userId: number; limits: RunLimits; means: LimitMeans; network: boolean },
): Promise<string[]> {
  const confined =
    kind === 'none'
      ? unconfined(program)
      : await confine(
          kind,
          [
            ...['--ro-bind', host.treeDir, INSIDE.tree],
            ...['--bind', host.workDir, INSIDE.work],
            ...(host.feedDir ? ['--ro-bind', host.feedDir, INSIDE.feed] : []),
            ...(program.kind === 'script' ? scriptMounts(host.workDir) : ['--chdir', INSIDE.work]),
            ...['--json-status-fd', `${STATUS_FD}`],
          ],
          program.kind === 'script'
            ? scriptCommand(program.script.language)
            : [`${INSIDE.app}/node`, ...NODE_FLAGS, `${INSIDE.app}/${program.file}`],
          { userId: run.userId, memoryBytes: run.limits.memoryBytes, network: run.network },
        );
  return [...limitCommand(kind === 'own-id', run.limits, run.means), ...confined];
}
