import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ComputeDriver, RunObservation } from '../server/compute/compute.port.ts';
import { PROBE_LIMITS, readOutput, untilOver, wholeLog } from '../server/compute/compute-kit.contract.ts';
import { createProcessDriver } from '../server/compute/process-driver.ts';
import { strongestSandbox } from '../server/compute/sandbox.ts';
import type { JobDataset, JobMetrics, JobPlot, JobProgress } from '../shared/contracts/job-run.ts';
import type { TemplateDefinition } from '../shared/contracts/job-template.ts';
import { type ParameterValue, resolveParameters } from '../shared/contracts/parameter-values.ts';
import { scriptLanguage, variableName } from '../shared/contracts/script-run.ts';

export const hasSandbox = (await strongestSandbox()) !== 'none';

/** Whether the Python that programs of jobs find has these modules. */
export function pythonHas(...modules: string[]): boolean {
  try {
    execFileSync('/usr/bin/python3', ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // not installed: the tests that need it are skipped by name
  }
}

export const hasDials = pythonHas('dials.array_family', 'bitshuffle');
/** Against hanging alone: each run takes a minute or two on a machine that does nothing else. */
export const DIALS_LONGEST_MS = 3_600_000;

export interface FinishedRun {
  observation: RunObservation;
  log: string;
  metrics: JobMetrics;
  plots: JobPlot[];
  progress: JobProgress | null;
  outputs: string[];
  read: (path: string) => Promise<string>;
  /** Copies a result out; returns where it lies. */
  fetch: (path: string) => Promise<string>;
}

/** Runs templates as jobs run, on files of a folder that stands for an experiment. */
export class TemplateRuns {
  readonly folder: string;
  readonly treeDir: string;
  private readonly driver: ComputeDriver;
  private count = 0;

  private constructor(folder: string) {
    this.folder = folder;
    this.treeDir = join(folder, 'tree');
    this.driver = createProcessDriver({ runsDir: join(folder, 'runs'), allowUnconfined: true });
  }

  static async create(): Promise<TemplateRuns> {
    const folder = await mkdtemp(join(tmpdir(), 'beamdeck-templates-'));
    const runs = new TemplateRuns(folder);
    await mkdir(join(runs.treeDir, 'raw'), { recursive: true });
    // A run has a user id of its own.
    for (const path of [folder, runs.treeDir, join(runs.treeDir, 'raw')]) await chmod(path, 0o755);
    return runs;
  }

  close(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  /** @param given of datasets, the paths of their masters in the tree */
  async run(
    template: TemplateDefinition,
    given: Record<string, ParameterValue>,
    dataset: JobDataset | null = null,
  ): Promise<FinishedRun> {
    const runRef = `${template.slug}-${++this.count}`;
    const isPath = (type: string) => ['file', 'folder', 'dataset', 'datasets'].includes(type);
    const plain = template.parameters.filter(({ type }) => !isPath(type));
    const known = Object.fromEntries(
      Object.entries(given).filter(([name]) => plain.some((each) => each.name === name)),
    );
    const { values, faults } = resolveParameters(plain, known);
    if (Object.keys(faults).length > 0) throw new Error(JSON.stringify(faults));
    await this.driver.submit({
      runRef,
      entry: template.entry,
      script: {
        language: scriptLanguage(template.entry)!,
        files: (template.files ?? []).map(({ path, content }) => ({
          path,
          bytes: new TextEncoder().encode(content),
        })),
        variables: template.parameters.map(({ name, type }) => {
          const value = (isPath(type) ? given[name] : values[name]) ?? null;
          if (value === null) return { name: variableName(name), value: '' };
          if (isPath(type)) return { name: variableName(name), paths: [value].flat() as string[] };
          return { name: variableName(name), value: String(value) };
        }),
      },
      treeDir: this.treeDir,
      job: {
        ...{ jobId: runRef, experimentCode: 'DEM26-AAAAA' },
        ...{ templateSlug: template.slug, templateVersion: template.version, parameters: values, dataset },
      },
      limits: {
        ...PROBE_LIMITS,
        timeS: template.timeLimitS,
        memoryBytes: template.memoryLimitBytes,
        outputBytes: 20 * 1024 ** 3,
        outputFiles: 10_000,
      },
    });
    const observation = await untilOver(this.driver, runRef);
    const reported = async (report: 'metrics' | 'plots' | 'progress') =>
      JSON.parse((await this.driver.readReport(runRef, report)) ?? 'null');
    return {
      observation,
      log: await wholeLog(this.driver, runRef),
      metrics: (await reported('metrics')) ?? {},
      plots: (await reported('plots')) ?? [],
      progress: await reported('progress'),
      outputs: (await this.driver.listOutput(runRef)).map(({ path }) => path),
      read: (path) => readOutput(this.driver, runRef, path),
      fetch: (path) => Promise.resolve(join(this.folder, 'runs', runRef, 'job', 'out', path)),
    };
  }
}
