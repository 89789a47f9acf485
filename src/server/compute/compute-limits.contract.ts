import { createHash } from 'node:crypto';
import { describe, expect } from 'vitest';
import type { ComputeDriver } from './compute.port.ts';
import {
  type ComputeUnderTest,
  openContract,
  untilLogged,
  untilOver,
  wholeLog,
} from './compute-kit.contract.ts';

const MIB = 1024 ** 2;
/** A machine that is busy with other things takes its time. */
const LONG_MS = 300_000;

/** What every driver of compute promises of runs that take all they can get. */
export function describeComputeLimits(name: string, open: () => Promise<ComputeUnderTest>): void {
  describe(`limits of compute driver ${name}`, () => {
    const contract = openContract(`${name}, limits`, open);
    const { promise, submit } = contract;

    for (const behaviour of ['eat-memory', 'eat-memory-in-a-child']) {
      promise(
        `tells that a run was out of memory, by the system's own count (${behaviour})`,
        async () => {
          const driver = contract.driver();
          const runRef = await submit({ behaviour }, { memoryBytes: 200 * MIB });
          const seen = await untilOver(driver, runRef);
          expect(seen).toMatchObject({
            ...{ state: 'exited', ending: 'out-of-memory', exitCode: null },
            reason: 'The run needed more than its 200 MiB of memory.',
          });
          expect(seen.use?.peakMemoryBytes).toBe(200 * MIB);
        },
        { needs: 'memory' },
      );
    }

    promise(
      'holds what a program writes to memory disks as it holds its memory',
      async () => {
        const driver = contract.driver();
        const runRef = await submit({ behaviour: 'fill', with: 'memory disk' }, { memoryBytes: 200 * MIB });
        const seen = await untilOver(driver, runRef);
        // Whichever comes first: the end of the disk, which the program is told, or of the memory.
        expect(['out-of-memory', 'exited']).toContain(seen.ending);
        expect(seen.exitCode).not.toBe(0);
      },
      { needs: 'memory' },
    );

    promise(
      'lets a fork bomb have its number of processes and no more, and ends them all',
      async () => {
        const driver = contract.driver();
        const runRef = await submit({ behaviour: 'fork-bomb' }, { processes: 80 });
        await untilLogged(driver, runRef, 'processes');
        const told = JSON.parse(/\{"processes":\d+\}/.exec(await wholeLog(driver, runRef))![0]);
        expect(told.processes).toBeGreaterThan(20);
        expect(told.processes).toBeLessThanOrEqual(80);
        await driver.cancel(runRef, 'cancelled');
        expect(await untilOver(driver, runRef)).toMatchObject({ ending: 'cancelled' });
      },
      { needs: 'processes', timeoutMs: LONG_MS },
    );

    promise(
      'gives a run no more CPU time than its CPUs have',
      async () => {
        const driver = contract.driver();
        const runRef = await submit({ behaviour: 'busy', children: 4, busyMs: 3000 }, { cpus: 0.5 });
        const { use, startedAt, finishedAt } = await untilOver(driver, runRef);
        const wallMs = finishedAt!.getTime() - startedAt!.getTime();
        expect(use!.cpuMs!).toBeLessThan(wallMs * 0.5 * 1.2);
      },
      { needs: 'cpus', timeoutMs: LONG_MS },
    );

    promise(
      'tells the CPU time of a run and of all it started',
      async () => {
        const driver = contract.driver();
        const runRef = await submit({ behaviour: 'use', cpuMs: 400, memoryBytes: MIB });
        const { use, exitCode } = await untilOver(driver, runRef);
        expect(exitCode).toBe(0);
        expect(use!.cpuMs!).toBeGreaterThanOrEqual(800);
      },
      { needs: 'cpus' },
    );

    promise(
      'tells the memory a run used, without the files it only read',
      async () => {
        const driver = contract.driver();
        const runRef = await submit({ behaviour: 'use', cpuMs: 10, memoryBytes: 100 * MIB });
        const { use } = await untilOver(driver, runRef);
        expect(use!.peakMemoryBytes!).toBeGreaterThanOrEqual(100 * MIB);
        expect(use!.peakMemoryBytes!).toBeLessThan(500 * MIB);
      },
      { needs: 'memory' },
    );

    for (const filler of ['one file', 'many files', 'empty files', 'folders within one another']) {
      promise(
        `ends a run that fills the disk, says so, and leaves nothing of it (${filler})`,
        async () => {
          const driver = contract.driver();
          const runRef = await submit({ behaviour: 'fill', with: filler }, { outputBytes: 64 * MIB });
          const seen = await untilOver(driver, runRef);
          expect(seen).toMatchObject({ state: 'exited', ending: 'output-limit' });
          expect(seen.reason).toMatch(/^The run (wrote|made more than) .*\.$/);
          await driver.remove(runRef);
          expect(await driver.list()).not.toContain(runRef);
        },
        { timeoutMs: LONG_MS },
      );
    }

    promise(
      'keeps the log of a program that prints a gigabyte whole, and counts it with what the run wrote',
      async () => {
        const driver = contract.driver();
        const bytes = 1024 * MIB;
        const runRef = await submit({ behaviour: 'flood', bytes }, { timeS: 600, outputBytes: 4 * bytes });
        expect(await untilOver(driver, runRef)).toMatchObject({ ending: 'exited', exitCode: 0 });
        expect(await logHash(driver, runRef)).toBe(hashOf(floodLog(bytes)));

        const lesser = await submit({ behaviour: 'flood', bytes }, { timeS: 600, outputBytes: 256 * MIB });
        expect(await untilOver(driver, lesser)).toMatchObject({ ending: 'output-limit' });
      },
      { timeoutMs: LONG_MS },
    );
  });
}

/** What the probe prints. */
function* floodLog(bytes: number): Generator<string> {
  const line = `${'flood '.repeat(10_000)}\n`;
  for (let left = bytes; left > 0; left -= line.length) yield line;
  yield 'the last words\n';
}

function hashOf(pieces: Iterable<string>): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

async function logHash(driver: ComputeDriver, runRef: string): Promise<string> {
  const hash = createHash('sha256');
  for (let offset = 0; ; ) {
    const { text, sizeBytes } = await driver.readLog(runRef, offset, MIB);
    if (text === '') return hash.digest('hex');
    hash.update(text);
    offset += sizeBytes;
  }
}
