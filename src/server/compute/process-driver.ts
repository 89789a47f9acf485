import { spawn } from 'node:child_process';
import { chown, lstat, mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import {
  JOB_INPUT_FILE,
  JOB_OUT_FOLDER,
  JOB_REPORT_MAX_BYTES,
  type JobInput,
} from '../../shared/contracts/job-run.ts';
import { AppError } from '../../shared/errors/app-error.ts';
import type { ComputeDriver, RunObservation, RunOutputFile, RunRequest } from './compute.port.ts';
import { isAlive, type ProcessIdentity } from './process-identity.ts';
import {
  openUntrusted,
  type RunClaim,
  type RunExit,
  type RunPlan,
  readOwnJson,
  readUntrustedText,
  runFile,
  writeWhole,
} from './run-folder.ts';
import {
  commandLine,
  ISOLATION_TEXT,
  NOBODY_ID,
  PROGRAM_ENV,
  placesInside,
  type SandboxKind,
  strongestSandbox,
} from './sandbox.ts';

const RUN_REF = /^[A-Za-z0-9][A-Za-z0-9-]{0,80}$/;
const ENTRY = /^built-in:([a-z][a-z0-9-]{1,39})$/;
/** A supervisor takes its run within tens of milliseconds; one that has not by now never started. */
const START_MS = 30_000;
const LOG_MAX_BYTES = 32 * 1024 * 1024;
const KILL_AFTER_MS = 5000;
const NICENESS = 10;
const MAX_OUTPUT_FILES = 10_000;
const READ_BYTES = 1024 * 1024;

export interface ProcessDriverOptions {
  /** Absolute. */
  runsDir: string;
  /** Whether built-in templates may run without confinement where bubblewrap does not work: only on loopback. */
  allowUnconfined: boolean;
  capacity?: number;
  /** Tests only: instead of finding out what works here. */
  sandbox?: SandboxKind;
}

/**
 * Runs jobs as processes of this machine, each under a supervisor of its own that outlives the worker. All state is in
 * the run's folder, so that any worker on this machine may observe any run.
 */
export function createProcessDriver(options: ProcessDriverOptions): ComputeDriver {
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

  /** Files of nobody's business are readable by nobody the user only when the folder is open to others. */
  async function sandboxFor(treeDir: string): Promise<SandboxKind> {
    const kind = await sandboxKind();
    if (kind !== 'nobody') return kind;
    const { mode } = await stat(treeDir);
    return (mode & 0o005) === 0o005 ? kind : 'root-without-capabilities';
  }

  async function prepare(request: RunRequest, template: string, kind: SandboxKind): Promise<void> {
    await mkdir(options.runsDir, { recursive: true, mode: 0o700 });
    const fresh = await mkdtemp(join(options.runsDir, '.new-'));
    try {
      // The name it will have: mounts and paths in the plan are those.
      const host = { treeDir: resolve(request.treeDir), workDir: join(folderOf(request.runRef), 'job') };
      const inside = placesInside(kind, host);
      const job = join(fresh, 'job');
      await mkdir(join(job, JOB_OUT_FOLDER), { recursive: true });
      const input: JobInput = { ...request.job, ...inside, outDir: join(inside.workDir, JOB_OUT_FOLDER) };
      await writeFile(join(job, JOB_INPUT_FILE), JSON.stringify(input));
      if (kind === 'nobody') {
        await chown(join(job, JOB_OUT_FOLDER), NOBODY_ID, NOBODY_ID);
        await chown(job, NOBODY_ID, NOBODY_ID);
      }
      const plan: RunPlan = {
        argv: await commandLine(kind, template, host, request.limits),
        cwd: host.workDir,
        env: PROGRAM_ENV,
        timeLimitMs: request.limits.timeS * 1000,
        killAfterMs: KILL_AFTER_MS,
        logMaxBytes: LOG_MAX_BYTES,
        niceness: NICENESS,
      };
      await writeWhole(runFile(fresh, 'plan.json'), JSON.stringify(plan));
      await writeWhole(runFile(fresh, 'isolation.json'), JSON.stringify(ISOLATION_TEXT[kind]));
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
      env: PROGRAM_ENV,
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
    const open = { exitCode: null, signal: null, finishedAt: null, ending: null, reason: null };
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
    const lost = (reason: string): RunObservation => ({
      ...open,
      state: 'lost',
      startedAt: claim ? new Date(claim.startedAt) : null,
      finishedAt: new Date(),
      ending: 'lost',
      reason,
    });
    if (claim) {
      await endLeftover(folder);
      return lost('The run vanished: its process was killed, or the machine was restarted.');
    }
    const prepared = await stat(runFile(folder, 'plan.json')).catch(() => null);
    if (!prepared) return lost('Nothing is known of the run: its folder is gone.');
    if (Date.now() - prepared.mtimeMs > START_MS) return lost('The run was prepared but never started.');
    return { ...open, state: 'pending', startedAt: null };
  }

  /** The program of a killed supervisor: bubblewrap takes it along, an unconfined one would go on unseen. */
  async function endLeftover(folder: string): Promise<void> {
    const program = await readOwnJson<ProcessIdentity>(runFile(folder, 'program.json'));
    if (program && isAlive(program)) process.kill(-program.pid, 'SIGKILL');
  }

  async function* walkOutput(folder: string, prefix: string): AsyncGenerator<string> {
    const entries = await readdir(folder, { withFileTypes: true });
    for (const entry of entries) {
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      if (entry.isDirectory()) yield* walkOutput(join(folder, entry.name), path);
      else if (entry.isFile()) yield path;
    }
  }

  return {
    name: 'process',
    // Half the processors: the other half receives, stores and shows data.
    capacity: options.capacity ?? Math.max(1, Math.floor(availableParallelism() / 2)),

    async isolation() {
      return ISOLATION_TEXT[await sandboxKind()];
    },

    async submit(request) {
      const template = ENTRY.exec(request.entry)?.[1];
      if (!template) throw new AppError('BAD_INPUT', `There is no program "${request.entry}".`);
      const folder = folderOf(request.runRef);
      if (!(await stat(folder).catch(() => null))) {
        await prepare(request, template, await sandboxFor(request.treeDir));
      }
      if (!(await readOwnJson(runFile(folder, 'run.json')))) await startSupervisor(folder);
      const isolation = await readOwnJson<string>(runFile(folder, 'isolation.json'));
      return { runRef: request.runRef, isolation: isolation ?? ISOLATION_TEXT.none };
    },

    observe,

    async cancel(runRef, why) {
      const folder = folderOf(runRef);
      if (!(await stat(folder).catch(() => null))) return;
      await writeWhole(runFile(folder, 'cancel.json'), JSON.stringify({ why }));
      const claim = await readOwnJson<RunClaim>(runFile(folder, 'run.json'));
      if (claim && isAlive(claim)) process.kill(claim.pid, 'SIGTERM');
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

    readReport: (runRef, report) =>
      readUntrustedText(join(folderOf(runRef), 'job', `${report}.json`), JOB_REPORT_MAX_BYTES[report]),

    async listOutput(runRef) {
      const out = join(folderOf(runRef), 'job', JOB_OUT_FOLDER);
      // A program could have put a link in the place of its out folder.
      if (!(await lstat(out).catch(() => null))?.isDirectory()) return [];
      const files: RunOutputFile[] = [];
      for await (const path of walkOutput(out, '')) {
        if (files.length === MAX_OUTPUT_FILES) {
          throw new AppError('TOO_LARGE', `The run left more than ${MAX_OUTPUT_FILES} files.`);
        }
        files.push({ path, sizeBytes: (await lstat(join(out, path))).size });
      }
      return files.sort((a, b) => (a.path < b.path ? -1 : 1));
    },

    async *readOutput(runRef, path) {
      const opened = await openUntrusted(join(folderOf(runRef), 'job', JOB_OUT_FOLDER, path));
      if (!opened) throw new AppError('NOT_FOUND', `The run has no file ${path}.`);
      try {
        for (;;) {
          const buffer = Buffer.allocUnsafe(READ_BYTES);
          const { bytesRead } = await opened.handle.read(buffer, 0, buffer.length);
          if (bytesRead === 0) return;
          yield buffer.subarray(0, bytesRead);
        }
      } finally {
        await opened.handle.close();
      }
    },

    async remove(runRef) {
      const { state } = await observe(runRef);
      if (state === 'running') throw new AppError('CONFLICT', 'The run is not over.');
      await rm(folderOf(runRef), { recursive: true, force: true });
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
