import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, it } from 'vitest';
import type { ParameterValues } from '#src/shared/contracts/parameter-values.ts';
import type { ComputeDriver, RunLimits, RunObservation, RunRequest } from './compute.port.ts';

/** What may hold for the runs of a driver on one machine and not on another. */
export interface Holds {
  /** Runs see their own data and nothing else, and no network. */
  confinement: boolean;
  /** All processes of a run together get no more memory, no more processes, no more CPU time than they may have. */
  memory: boolean;
  processes: boolean;
  cpus: boolean;
}

/** What every driver of compute promises is tried on this. */
export interface ComputeUnderTest {
  /** A driver as another worker would make it: what one knows, all know. */
  driver(): ComputeDriver;
  holds: Holds;
  close(): Promise<void>;
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function untilOver(driver: ComputeDriver, runRef: string): Promise<RunObservation> {
  for (;;) {
    const seen = await driver.observe(runRef);
    if (seen.state === 'exited' || seen.state === 'lost') return seen;
    await pause(50);
  }
}

export async function wholeLog(driver: ComputeDriver, runRef: string, pieceBytes = 65_536): Promise<string> {
  const pieces: string[] = [];
  for (let offset = 0; ; ) {
    const { text, sizeBytes } = await driver.readLog(runRef, offset, pieceBytes);
    if (text === '') return pieces.join('');
    pieces.push(text);
    offset += sizeBytes;
  }
}

export async function untilLogged(driver: ComputeDriver, runRef: string, text: string): Promise<void> {
  while (!(await wholeLog(driver, runRef)).includes(text)) await pause(50);
}

export async function readOutput(driver: ComputeDriver, runRef: string, path: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of driver.readOutput(runRef, path)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

export const PROBE_LIMITS: RunLimits = {
  timeS: 60,
  cpus: 2,
  memoryBytes: 2 * 1024 ** 3,
  processes: 512,
  outputBytes: 1024 ** 3,
  outputFiles: 1000,
};

export function probeRequest(
  runRef: string,
  treeDir: string,
  parameters: ParameterValues,
  limits: Partial<RunLimits> = {},
): RunRequest {
  return {
    runRef,
    entry: 'built-in:contract-probe',
    treeDir,
    limits: { ...PROBE_LIMITS, ...limits },
    job: {
      jobId: runRef,
      experimentCode: 'DEM26-AAAAA',
      templateSlug: 'contract-probe',
      templateVersion: 1,
      parameters,
      dataset: null,
    },
  };
}

export interface PromiseOptions {
  /** Tried only where this holds. */
  needs?: keyof Holds;
  timeoutMs?: number;
}

/** An experiment, a driver, and a table of what was proved of it, printed at the end. To be made within a `describe`. */
export function openContract(name: string, open: () => Promise<ComputeUnderTest>) {
  const proved = new Map<string, 'proved' | 'FAILED' | 'not here'>();
  let under: ComputeUnderTest;
  let folder: string;
  let number = 0;
  const treeDir = () => join(folder, 'DEM26-AAAAA');

  beforeAll(async () => {
    under = await open();
    folder = await mkdtemp(join(tmpdir(), 'beamdeck-tree-'));
    await mkdir(join(treeDir(), 'raw'), { recursive: true });
    await writeFile(join(treeDir(), 'raw', 'a.txt'), 'data of the experiment');
    await writeFile(join(folder, 'secret.txt'), 'of another experiment');
    await symlink(join(folder, 'secret.txt'), join(treeDir(), 'raw', 'elsewhere'));
  });
  afterAll(async () => {
    await under.close();
    await rm(folder, { recursive: true, force: true });
    const lines = [...proved].map(([title, outcome]) => `  ${outcome.padEnd(9)} ${title}`);
    process.stdout.write(`compute driver ${name}\n${lines.join('\n')}\n`);
  });

  const nextRef = () => `contract-${++number}`;
  return {
    driver: () => under.driver(),
    treeDir,
    secretPath: () => join(folder, 'secret.txt'),
    nextRef,
    request: (parameters: ParameterValues, limits?: Partial<RunLimits>) =>
      probeRequest(nextRef(), treeDir(), parameters, limits),
    async submit(parameters: ParameterValues, limits?: Partial<RunLimits>): Promise<string> {
      const request = probeRequest(nextRef(), treeDir(), parameters, limits);
      await under.driver().submit(request);
      return request.runRef;
    },
    /** One promise of the contract: a test, and a line of the table. */
    promise(title: string, prove: () => Promise<void>, { needs, timeoutMs }: PromiseOptions = {}): void {
      it(
        title,
        async (test) => {
          if (needs && !under.holds[needs]) {
            proved.set(title, 'not here');
            test.skip(`on this machine nothing holds the ${needs} of runs`);
          }
          proved.set(title, 'FAILED');
          await prove();
          proved.set(title, 'proved');
        },
        timeoutMs,
      );
    },
  };
}
