import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEnding } from './compute.port.ts';
import { excessOf, freeBytes, wordsOfBytes } from './output-watch.ts';
import { identityOf, sendSignal } from './process-identity.ts';
import { descendantsOf } from './program-processes.ts';
import { type RunExit, type RunPlan, runFile, writeWhole } from './run-folder.ts';
import {
  type ControlGroups,
  cpuMsOf,
  endGroup,
  enterCommand,
  makeGroup,
  memoryBytesOf,
  memoryKillsOf,
} from './run-group.ts';
import type { RunLog } from './run-log.ts';

/** How long the pipes of an ended program may stay open because something it started still holds them. */
const DRAIN_MS = 2000;
/** Between two looks at the memory of a run, and at what it has written; the latter waits longer where looking takes long. */
const LOOK_MS = 100;
const LOOK_AT_OUTPUT_MS = 500;
const OUTPUT_LOOK_SHARE = 10;
/** How a shell tells of the signal SIGXFSZ, which a program gets that writes a file beyond its limit (128 + 25). */
const FILE_TOO_LARGE_CODE = 153;

const signalGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  if (child.pid !== undefined) sendSignal(-child.pid, signal);
};

/** What bubblewrap tells on descriptor 3, a JSON object a line (bwrap(1), --json-status-fd). */
interface SandboxStatus {
  /** Process 1 inside, as it is known outside. */
  'child-pid'?: number;
  /** Only there when the program itself was started. */
  'exit-code'?: number;
}

/** A program under its limits, from its start to what is known of its end. */
export class RunningProgram {
  private readonly child: ChildProcess;
  private readonly folder: string;
  private readonly plan: RunPlan;
  private readonly group: ControlGroups | null;
  private readonly log: RunLog;
  private readonly over = new AbortController();
  private status: SandboxStatus = {};
  private peakMemoryBytes = 0;
  /** Why it is being ended; the first reason counts. */
  private ending: { ending: RunExit['ending']; reason: string } | null = null;
  private force: NodeJS.Timeout | undefined;

  private constructor(
    child: ChildProcess,
    folder: string,
    plan: RunPlan,
    group: ControlGroups | null,
    log: RunLog,
  ) {
    this.child = child;
    this.folder = folder;
    this.plan = plan;
    this.group = group;
    this.log = log;
  }

  /** Throws when the limits cannot be set. */
  static async start(folder: string, plan: RunPlan, log: RunLog): Promise<RunningProgram> {
    const made = plan.groups ? makeGroup(plan.groups, `beamdeck-${basename(folder)}`, plan.limits) : null;
    if (made) {
      await writeWhole(runFile(folder, 'group.json'), JSON.stringify(made.group), { flush: false });
      try {
        made.make();
      } catch (error) {
        await endGroup(made.group);
        throw error;
      }
    }
    setPriority(0, plan.niceness);
    const [file = '', ...args] = made ? [...enterCommand(made.group), ...plan.argv] : plan.argv;
    const child = spawn(file, args, {
      cwd: plan.cwd,
      env: plan.env,
      stdio: ['ignore', 'pipe', 'pipe', plan.sandboxed ? 'pipe' : 'ignore'],
      detached: true,
    });
    return new RunningProgram(child, folder, plan, made?.group ?? null, log);
  }

  /** Asks the program to end, and ends it by force when it has not by then; at once where every moment does more harm. */
  end(ending: RunExit['ending'], reason: string, how: 'politely' | 'at once' = 'politely'): void {
    this.ending ??= { ending, reason };
    if (how === 'at once') {
      signalGroup(this.child, 'SIGKILL');
      return;
    }
    if (!this.plan.sandboxed) signalGroup(this.child, 'SIGTERM');
    else {
      // The sandbox itself passes no signal on, and its own end would be that of the program.
      const inside = this.status['child-pid'];
      const processes = inside === undefined ? [] : descendantsOf(inside);
      for (const pid of processes) sendSignal(pid, 'SIGTERM');
      // Nothing runs in it yet: nobody to ask.
      if (processes.length === 0) signalGroup(this.child, 'SIGKILL');
    }
    this.force ??= setTimeout(() => signalGroup(this.child, 'SIGKILL'), this.plan.killAfterMs);
  }

  /** How it ended, when nothing of it runs any more and its log is complete. */
  async ended(): Promise<Omit<RunExit, 'startedAt' | 'finishedAt'>> {
    const { child, plan } = this;
    const closed = once(child, 'close').catch(() => undefined);
    const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null; fault: Error | null }>(
      (resolve) => {
        child.once('error', (fault) => resolve({ code: null, signal: null, fault }));
        child.once('exit', (code, signal) => resolve({ code, signal, fault: null }));
      },
    );
    this.readStreams();
    const limit = setTimeout(() => {
      this.end(
        'time-limit',
        `The run took longer than its limit of ${Math.round(plan.timeLimitMs / 1000)} s.`,
      );
    }, plan.timeLimitMs);
    const watches = Promise.all([this.watchMemory(), this.watchOutput()]);
    const identity = child.pid === undefined ? null : identityOf(child.pid);
    if (identity)
      await writeWhole(runFile(this.folder, 'program.json'), JSON.stringify(identity), { flush: false });

    const { code, signal, fault } = await exited;
    clearTimeout(limit);
    clearTimeout(this.force);
    this.over.abort();
    await watches;
    signalGroup(child, 'SIGKILL');
    const cpuMs = this.group ? cpuMsOf(this.group) : null;
    const memoryKills = this.group ? memoryKillsOf(this.group) : 0;
    if (this.group) await endGroup(this.group);
    await Promise.race([closed, sleep(DRAIN_MS, undefined, { ref: false })]);
    for (const stream of child.stdio) stream?.destroy();

    const verdict = this.ending ?? this.verdict({ code, signal, fault, memoryKills });
    return {
      ...verdict,
      ...{
        exitCode: verdict.ending === 'exited' ? code : null,
        signal: verdict.ending === 'exited' ? signal : null,
      },
      use: {
        cpuMs,
        // A kill for want of memory comes faster than the next look.
        peakMemoryBytes: memoryKills > 0 ? plan.limits.memoryBytes : this.peakMemoryBytes || null,
      },
    };
  }

  /** What a program that nobody ended has ended by. */
  private verdict(end: {
    code: number | null;
    signal: NodeJS.Signals | null;
    fault: Error | null;
    memoryKills: number;
  }): { ending: RunExit['ending']; reason: string | null } {
    const { limits, sandboxed } = this.plan;
    if (end.fault)
      return { ending: 'start-failed', reason: `The run could not be started: ${end.fault.message}` };
    if (end.memoryKills > 0) return this.outOfMemory();
    if (end.code === FILE_TOO_LARGE_CODE || end.signal === 'SIGXFSZ') {
      return {
        ending: 'output-limit',
        reason: `The run wrote a file of ${wordsOfBytes(limits.outputBytes)}, which is all it may.`,
      };
    }
    const excess = this.excess();
    if (excess) return { ending: 'output-limit', reason: excess };
    if (sandboxed && end.code !== 0 && end.signal === null && this.status['exit-code'] === undefined) {
      return {
        ending: 'start-failed',
        reason: 'The sandbox of the run could not be made; the log says why.',
      };
    }
    return { ending: 'exited', reason: end.signal ? `The program was ended by ${end.signal}.` : null };
  }

  private outOfMemory(): { ending: RunEnding & 'out-of-memory'; reason: string } {
    const memory = wordsOfBytes(this.plan.limits.memoryBytes);
    return { ending: 'out-of-memory', reason: `The run needed more than its ${memory} of memory.` };
  }

  private readStreams(): void {
    const [, stdout, stderr, status] = this.child.stdio;
    for (const readable of [stdout, stderr] as Readable[]) {
      const log = this.log.stream();
      readable.on('data', (piece: Buffer) => log.write(piece));
      readable.on('end', () => log.end());
    }
    let text = '';
    if (this.plan.sandboxed) {
      (status as Readable).setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
        const lines = text.split('\n');
        text = lines.pop() ?? '';
        for (const line of lines.filter(Boolean)) this.status = { ...this.status, ...JSON.parse(line) };
      });
    }
  }

  private pause = (ms: number) => sleep(ms, undefined, { signal: this.over.signal }).catch(() => undefined);

  private async watchMemory(): Promise<void> {
    if (!this.group) return;
    while (!this.over.signal.aborted) {
      this.peakMemoryBytes = Math.max(this.peakMemoryBytes, memoryBytesOf(this.group));
      if (memoryKillsOf(this.group) > 0) {
        const { ending, reason } = this.outOfMemory();
        this.end(ending, reason, 'at once');
        return;
      }
      await this.pause(LOOK_MS);
    }
  }

  private excess(): string | null {
    const { outputBytes, outputFiles } = this.plan.limits;
    return excessOf(runFile(this.folder, 'job'), {
      ...{ bytes: outputBytes, entries: outputFiles, takenBytes: this.log.sizeBytes },
    });
  }

  private async watchOutput(): Promise<void> {
    const job = runFile(this.folder, 'job');
    await this.pause(LOOK_AT_OUTPUT_MS);
    while (!this.over.signal.aborted) {
      const beginMs = performance.now();
      const excess = this.excess();
      if (excess) {
        this.end('output-limit', excess, 'at once');
        return;
      }
      if (freeBytes(job) < this.plan.diskReserveBytes) {
        this.end('disk-full', 'The disk of the machine that runs jobs is nearly full.', 'at once');
        return;
      }
      await this.pause(Math.max(LOOK_AT_OUTPUT_MS, (performance.now() - beginMs) * OUTPUT_LOOK_SHARE));
    }
  }
}
