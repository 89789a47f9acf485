import { AppError } from '#src/shared/errors/app-error.ts';
import type { ComputeDriver, RunEnding, RunObservation } from '../server/compute/compute.port.ts';

export interface ScriptedCompute extends ComputeDriver {
  /** Ends a run as if its program had run for `wallMs`; by itself with exit code 0 unless told otherwise. */
  end(runRef: string, wallMs: number, ending?: RunEnding, exitCode?: number): void;
  /** The run has left a result of this name. */
  leave(runRef: string, path: string): void;
  /** From now on no run can be started, for this reason. */
  refuse(reason: string | null): void;
}

/** A driver whose runs do nothing and end when the test says so: for what happens around runs, many of them, and how long they took. */
export function scriptedCompute(capacity = 1000): ScriptedCompute {
  const runs = new Map<string, RunObservation>();
  const results = new Map<string, string>();
  let refusal: string | null = null;
  const nothing = {
    exitCode: null,
    signal: null,
    startedAt: null,
    finishedAt: null,
    ending: null,
    reason: null,
    use: null,
  };
  const end: ScriptedCompute['end'] = (runRef, wallMs, ending = 'exited', exitCode = 0) => {
    const finishedAt = new Date();
    const known = runs.get(runRef);
    if (known?.state !== 'running') return;
    runs.set(runRef, {
      ...known,
      state: ending === 'lost' ? 'lost' : 'exited',
      ending,
      exitCode: ending === 'exited' ? exitCode : null,
      startedAt: new Date(finishedAt.getTime() - wallMs),
      finishedAt,
      reason: ending === 'exited' ? null : `The run ended: ${ending}.`,
      use: ending === 'lost' ? null : { cpuMs: wallMs / 2, peakMemoryBytes: 1_000_000 },
    });
  };
  return {
    name: 'process',
    capacity,
    end,
    leave(runRef, path) {
      results.set(runRef, path);
    },
    refuse(reason) {
      refusal = reason;
    },
    onEnd: () => undefined,
    isolation: async () => 'scripted',
    missing: async () => [],
    async submit({ runRef }) {
      if (refusal !== null) throw new AppError('UNAVAILABLE', refusal);
      if (!runs.has(runRef)) runs.set(runRef, { ...nothing, state: 'running', startedAt: new Date() });
      return { runRef, isolation: 'scripted' };
    },
    feed: async () => undefined,
    observe: async (runRef) =>
      runs.get(runRef) ?? { ...nothing, state: 'lost', ending: 'lost', reason: 'Gone.' },
    async cancel(runRef, why) {
      end(runRef, 0, why);
    },
    readLog: async () => ({ text: '', sizeBytes: 0 }),
    readReport: async () => null,
    async listOutput(runRef) {
      const path = results.get(runRef);
      return path === undefined ? [] : [{ path, sizeBytes: path.length }];
    },
    async outputSoFar(runRef) {
      const path = results.get(runRef);
      return path === undefined ? [] : [{ path, sizeBytes: path.length, changedAt: new Date(0) }];
    },
    readSoFar: async (_runRef, { path }) => Buffer.from(path),
    async *readOutput(_runRef, path) {
      yield Buffer.from(path);
    },
    async remove(runRef) {
      runs.delete(runRef);
    },
    list: async () => [...runs.keys()],
  };
}
