import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { chown, link, mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { JOB_INPUT_FILE, JOB_OUT_FOLDER, type JobInput } from '../../shared/contracts/job-run.ts';
import { AppError } from '../../shared/errors/app-error.ts';
import type { ComputeDriver, Isolation, RunObservation, RunRequest } from './compute.port.ts';
import { findControlGroups } from './control-groups.ts';
import { filesSoFar, readSoFar } from './output-so-far.ts';
import { bootId, isAlive, type ProcessIdentity, sendSignal } from './process-identity.ts';
import { findMissing } from './requirements.ts';
import {
  makeFeedFolder,
  openUntrusted,
  RUN_FEED,
  type RunClaim,
  type RunExit,
  type RunPlan,
  readOwnJson,
  runFile,
  writeFeed,
  writeWhole,
} from './run-folder.ts';
import { type ControlGroups, endGroup } from './run-group.ts';
import { cpuVariables, type LimitMeans, limitWords, userIdOf } from './run-limits.ts';
import { listFilesBelow, readFileBelow, removeFolder } from './run-output.ts';
import { readReportOf } from './run-reports.ts';
import {
  commandLine,
  hasPrlimit,
  lookAround,
  PROGRAM_ENV,
  placesInside,
  SANDBOX_WORDS,
  type SandboxKind,
  strongestSandbox,
} from './sandbox.ts';
import {
  type Program,
  programOf,
  scriptEnvironment,
  TEMPLATE_FOLDER,
  writeScript,
} from './script-program.ts';

const RUN_REF = /^[A-Za-z0-9][A-Za-z0-9-]{0,80}$/;
/** A supervisor takes its run within tens of milliseconds; one that has not by now never started. */
const START_MS = 30_000;
const LOG_MAX_BYTES = 2 * 1024 ** 3;
const KILL_AFTER_MS = 5000;
const NICENESS = 10;
/** In the place of a process, in a run that none may take any more. */
const FORFEITED = 0;
const NEVER_STARTED = 'The run was prepared but never started.';
const DISK_RESERVE_BYTES = 512 * 1024 ** 2;

export interface ProcessDriverOptions {
  /** Absolute. */
  runsDir: string;
  /** Whether built-in templates may run without confinement where bubblewrap does not work: only on loopback. */
  allowUnconfined: boolean;
  capacity?: number;
  /** Runs are ended when less than this is free on their disk: what detectors send comes first. */
  diskReserveBytes?: number;
  /** So much of what a program prints is kept whole; of what comes after it, the end is kept too. */
  logMaxBytes?: number;
  /** From the polite signal to the one that cannot be refused. */
  killAfterMs?: number;
  /** Tests only: instead of finding out what works here. */
  sandbox?: SandboxKind;
  /** Tests only: does as if there were no control groups. */
  withoutGroups?: boolean;
}

/**
 * Runs jobs as processes of this machine, each under a supervisor of its own that outlives the worker. All state is in
 * the run's folder, so that any worker on this machine may observe any run.
 */
export function createProcessDriver(options: ProcessDriverOptions): ComputeDriver {
  const listeners = new Set<() => void>();

  const folderOf = (runRef: string): string => {
    if (!RUN_REF.test(runRef)) throw new AppError('BAD_INPUT', 'This is no reference of a run.');
    return join(options.runsDir, runRef);
  };

  async function sandboxKind(): Promise<SandboxKind> {
    const kind = options.sandbox ?? (await strongestSandbox());
    if (kind === 'none' && !options.allowUnconfined) {
      throw new AppError(
        'UNAVAILABLE',
        'Jobs cannot be confined on this machine: install bubblewrap (apt-get install bubblewrap).',
      );
    }
    return kind;
  }

  async function limitMeans(): Promise<LimitMeans> {
    const [groups, prlimit] = await Promise.all([findControlGroups(), hasPrlimit()]);
    return { groups: options.withoutGroups ? null : groups, hasPrlimit: prlimit };
  }

  const isolationOf = (kind: SandboxKind, means: LimitMeans, network = false): Isolation =>
    `${SANDBOX_WORDS[kind]}${network ? ', reaches the network' : ''}; ${limitWords(kind === 'own-id', means)}`;

  /** The files are readable for a user of its own only when the folder is open to others. */
  async function sandboxFor(treeDir: string): Promise<SandboxKind> {
    const kind = await sandboxKind();
    if (kind !== 'own-id') return kind;
    const { mode } = await stat(treeDir);
    return (mode & 0o005) === 0o005 ? kind : 'root-without-capabilities';
  }

  async function prepare(request: RunRequest, program: Program, kind: SandboxKind): Promise<void> {
    await mkdir(options.runsDir, { recursive: true, mode: 0o700 });
    const means = await limitMeans();
    const userId = userIdOf(request.runRef);
    const network = request.network ?? false;
    const fresh = await mkdtemp(join(options.runsDir, '.new-'));
    try {
      // The name it will have: mounts and paths in the plan are those.
      const folder = folderOf(request.runRef);
      const feedDir = request.isFed ? join(folder, RUN_FEED.folder) : null;
      const host = { treeDir: resolve(request.treeDir), workDir: join(folder, 'job'), feedDir };
      const inside = placesInside(kind, host);
      const job = join(fresh, 'job');
      await mkdir(join(job, JOB_OUT_FOLDER), { recursive: true });
      if (feedDir) await makeFeedFolder(fresh);
      const input: JobInput = {
        ...request.job,
        ...{ treeDir: inside.treeDir, workDir: inside.workDir },
        outDir: join(inside.workDir, JOB_OUT_FOLDER),
        feedPath: inside.feedDir && join(inside.feedDir, RUN_FEED.file),
        timeLimitS: request.limits.timeS,
      };
      await writeFile(join(job, JOB_INPUT_FILE), JSON.stringify(input));
      if (kind === 'own-id') {
        await chown(join(job, JOB_OUT_FOLDER), userId, userId);
        await chown(job, userId, userId);
      }
      if (program.kind === 'script') await writeScript(join(fresh, TEMPLATE_FOLDER), program.script.files);
      const plan: RunPlan = {
        argv: await commandLine(kind, program, host, { userId, limits: request.limits, means, network }),
        cwd: host.workDir,
        env: {
          ...PROGRAM_ENV,
          ...cpuVariables(request.limits.cpus),
          ...(program.kind === 'script' ? scriptEnvironment(program.script, request.job, inside) : {}),
        },
        timeLimitMs: request.limits.timeS * 1000,
        limits: request.limits,
        diskReserveBytes: options.diskReserveBytes ?? DISK_RESERVE_BYTES,
        isolation: isolationOf(kind, means, network),
        groups: means.groups,
        sandboxed: kind !== 'none',
        killAfterMs: options.killAfterMs ?? KILL_AFTER_MS,
        logMaxBytes: options.logMaxBytes ?? LOG_MAX_BYTES,
        niceness: NICENESS,
      };
      await writeWhole(runFile(fresh, 'plan.json'), JSON.stringify(plan));
      await rename(fresh, folderOf(request.runRef));
    } catch (error) {
      await rm(fresh, { recursive: true, force: true });
      // Prepared before, by a worker that was killed or by another at the same time: that one counts.
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    }
  }

  async function startSupervisor(folder: string): Promise<void> {
    // Its time to start counts from now, also when an earlier worker prepared the run and was killed.
    await utimes(runFile(folder, 'plan.json'), new Date(), new Date());
    // The supervisor's environment is bare too: the program's parent must not hold the worker's secrets in /proc.
    const child = spawn(process.execPath, [join(import.meta.dirname, 'process-supervisor.ts'), folder], {
      cwd: options.runsDir,
      // Compiled once and not by each: that took two thirds of its 135 ms of CPU time.
      env: { ...PROGRAM_ENV, NODE_COMPILE_CACHE: join(options.runsDir, '.compiled') },
      stdio: 'ignore',
      detached: true,
    });
    child.unref();
    return new Promise((done, fail) => {
      child.once('spawn', () => done());
      child.once('error', fail);
    });
  }

  async function observe(runRef: string): Promise<RunObservation> {
    const folder = folderOf(runRef);
    const open = { exitCode: null, signal: null, finishedAt: null, ending: null, reason: null, use: null };
    const asExited = (exit: RunExit): RunObservation => ({
      ...exit,
      state: 'exited',
      startedAt: new Date(exit.startedAt),
      finishedAt: new Date(exit.finishedAt),
    });
    const readExit = () => readOwnJson<RunExit>(runFile(folder, 'exit.json'));

    const before = await readExit();
    if (before) return asExited(before);
    const claim = await readOwnJson<RunClaim>(runFile(folder, 'run.json'));
    if (claim && isAlive(claim)) {
      return { ...open, state: 'running', startedAt: new Date(claim.startedAt) };
    }
    // It may have written its end between the two looks.
    const after = await readExit();
    if (after) return asExited(after);
    const gone = (ending: 'lost' | 'interrupted', reason: string): RunObservation => ({
      ...open,
      state: 'lost',
      startedAt: claim && claim.pid !== FORFEITED ? new Date(claim.startedAt) : null,
      finishedAt: new Date(),
      ending,
      reason,
    });
    if (claim?.pid === FORFEITED) return gone('interrupted', NEVER_STARTED);
    // Nothing outlives the machine's restart, so the run may begin anew.
    if (claim && claim.bootId !== bootId())
      return gone('interrupted', 'The machine was restarted during the run.');
    if (claim) {
      await endLeftover(folder);
      return gone('lost', 'The run vanished: its process was killed.');
    }
    const prepared = await stat(runFile(folder, 'plan.json')).catch(() => null);
    if (!prepared) return gone('lost', 'Nothing is known of the run: its folder is gone.');
    if (Date.now() - prepared.mtimeMs <= START_MS) return { ...open, state: 'pending', startedAt: null };
    // Whoever is late finds the run taken; one that came just now is found by looking again.
    return (await forfeit(folder)) ? gone('interrupted', NEVER_STARTED) : observe(runRef);
  }

  /** The supervisor's last deed is to write how the run ended. Nothing rests on hearing of it. */
  function hintAtEnd(folder: string): void {
    if (listeners.size === 0) return;
    const watcher = watch(folder, { persistent: false }, (_event, name) => {
      if (name !== 'exit.json') return;
      watcher.close();
      for (const listener of listeners) listener();
    });
    watcher.on('error', () => watcher.close());
  }

  /** Takes a run that no supervisor took, so that none ever will. False when one did meanwhile. */
  async function forfeit(folder: string): Promise<boolean> {
    const nobody: RunClaim = {
      pid: FORFEITED,
      startTicks: '',
      bootId: bootId(),
      startedAt: new Date().toISOString(),
    };
    const temporary = runFile(folder, 'forfeit.tmp');
    await writeWhole(temporary, JSON.stringify(nobody));
    try {
      await link(temporary, runFile(folder, 'run.json'));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  /** What a killed supervisor leaves: bubblewrap takes the program along, an unconfined one would go on unseen, and its control group stays. */
  async function endLeftover(folder: string): Promise<void> {
    const program = await readOwnJson<ProcessIdentity>(runFile(folder, 'program.json'));
    if (program && isAlive(program)) sendSignal(-program.pid, 'SIGKILL');
    const group = await readOwnJson<ControlGroups>(runFile(folder, 'group.json'));
    if (group) await endGroup(group);
  }

  return {
    name: 'process',

    onEnd(listener) {
      listeners.add(listener);
    },

    // Half the processors: the other half receives, stores and shows data.
    capacity: options.capacity ?? Math.max(1, Math.floor(availableParallelism() / 2)),

    async isolation() {
      return isolationOf(await sandboxKind(), await limitMeans());
    },

    async missing(required) {
      const kind = await sandboxKind();
      return findMissing(required, { around: (argv) => lookAround(kind, argv), env: PROGRAM_ENV });
    },

    async submit(request) {
      const program = programOf(request);
      const folder = folderOf(request.runRef);
      if (!(await stat(folder).catch(() => null))) {
        await prepare(request, program, await sandboxFor(request.treeDir));
      }
      if (!(await readOwnJson(runFile(folder, 'run.json')))) {
        hintAtEnd(folder);
        await startSupervisor(folder);
      }
      const plan = await readOwnJson<RunPlan>(runFile(folder, 'plan.json'));
      if (!plan) throw new AppError('UNAVAILABLE', 'The folder of the run is gone.');
      return { runRef: request.runRef, isolation: plan.isolation };
    },

    observe,

    feed: (runRef, text) => writeFeed(folderOf(runRef), text),

    async cancel(runRef, why) {
      const folder = folderOf(runRef);
      if (!(await stat(folder).catch(() => null))) return;
      await writeWhole(runFile(folder, 'cancel.json'), JSON.stringify({ why }));
      const claim = await readOwnJson<RunClaim>(runFile(folder, 'run.json'));
      if (claim && isAlive(claim)) sendSignal(claim.pid, 'SIGTERM');
    },

    async readLog(runRef, offset, maxBytes) {
      const opened = await openUntrusted(runFile(folderOf(runRef), 'log'));
      if (!opened) return { text: '', sizeBytes: 0 };
      try {
        const buffer = Buffer.alloc(Math.max(0, Math.min(maxBytes, opened.sizeBytes - offset)));
        const { bytesRead } = await opened.handle.read(buffer, 0, buffer.length, offset);
        // StringDecoder keeps back the start of a character whose end has not been written yet.
        const text = new StringDecoder('utf8').write(buffer.subarray(0, bytesRead));
        return { text, sizeBytes: Buffer.byteLength(text) };
      } finally {
        await opened.handle.close();
      }
    },

    readReport: (runRef, report) => readReportOf(join(folderOf(runRef), 'job'), report),

    listOutput: (runRef) => listFilesBelow(join(folderOf(runRef), 'job', JOB_OUT_FOLDER)),

    outputSoFar: (runRef, limit) => filesSoFar(folderOf(runRef), ['job', JOB_OUT_FOLDER], limit),

    readSoFar: (runRef, file) => readSoFar(folderOf(runRef), ['job', JOB_OUT_FOLDER], file),

    readOutput: (runRef, path) => readFileBelow(join(folderOf(runRef), 'job', JOB_OUT_FOLDER), path),

    async remove(runRef) {
      const { state } = await observe(runRef);
      if (state === 'running' || state === 'pending') throw new AppError('CONFLICT', 'The run is not over.');
      await removeFolder(folderOf(runRef));
    },

    async list() {
      const entries = await readdir(options.runsDir, { withFileTypes: true }).catch(
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return [];
          throw error;
        },
      );
      return entries.filter((e) => e.isDirectory() && RUN_REF.test(e.name)).map((e) => e.name);
    },
  };
}
