import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startPostgres } from '#scripts/lib/embedded-postgres.ts';
import { seedDemo } from '#scripts/seed.ts';
import { loadConfig } from '#src/server/config/config.ts';
import { createContainer } from '#src/server/container.ts';
import { migrate } from '#src/server/db/migrate.ts';
import { systemContext } from '#src/server/domain/new-context.ts';
import { end } from './children.ts';

/** A real database and a real worker, whose instrument starts fast feedback on every dataset that is finished. */
export interface JobInstallation {
  /** Where the worker keeps its runs, a folder for each. */
  runsDir: string;
  /** Commits a dataset of one frame that was never sent, as finished: its job does next to nothing. Returns when it was committed, ms since 1970. */
  commitDataset(): Promise<{ datasetId: string; committedAtMs: number }>;
  /**
   * Commits so many of these datasets at once, the event of each delivered so often, for a trigger that lets one job be alive at a time. Returns
   * when they are committed.
   */
  storm(datasets: number, deliveries: number): Promise<void>;
  /** Events that wait to be decided, and what came of those that were. */
  eventsSoFar(): Promise<{ waiting: number; jobs: number; jobsOfSameDataset: number; decided: number }>;
  /** The job that was started for a dataset; null before there is one. */
  jobOf(datasetId: string): Promise<{ id: string; state: string } | null>;
  /** How many jobs are in each state. */
  countJobs(): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

const STORM_BATCH = 100;
const STORM_SQL = `with wanted as materialized (select gen_random_uuid() as id from generate_series(1, $3)),
  measured as (
    insert into acquisition (id, instrument_id, experiment_id, kind, parameters, started_at)
    select id, $1, $2, 'rotation', '{}', now() from wanted returning id),
  finished as (
    insert into dataset (id, acquisition_id, instrument_id, experiment_id, agent_id, series_key, detector_name,
      detector_serial_number, series_unique_id, base, state, ending, frames_expected, frames_received, frames_stored,
      frames_per_file, channels, geometry, summary, started_at, ended_at, created_at)
    select id, id, $1, $2, (select id from agent where instrument_id = $1 limit 1), id, 'eiger', 'E-32-0001', id::text,
      'raw/bench/' || id, 'complete', 'end-message', 1, 1, 1, 1,
      '[{"name":"threshold_1","dtype":"u2","shape":[160,160],"filter":"bslz4"}]', '{"imageSizeXPx":160,"imageSizeYPx":160}',
      '{}', now(), now(), now() from measured returning id)
  select count(graphile_worker.add_job('start-triggered-jobs', json_build_object('datasetId', id)))
  from finished, generate_series(1, $4)`;

const ROOT = path.join(import.meta.dirname, '../..');

async function startWorker(env: Record<string, string>): Promise<ChildProcess> {
  const child = fork(path.join(ROOT, 'workers/index.ts'), [], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.once('exit', (code) => {
    if (code) process.stderr.write(`the worker ended with ${code}\n`);
  });
  return child;
}

export async function startJobInstallation(): Promise<JobInstallation> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-bench-'));
  const [storeDir, runsDir] = [path.join(folder, 'store'), path.join(folder, 'runs')];
  const postgres = await startPostgres({ dir: path.join(folder, 'postgres'), name: 'bench' });
  try {
    await migrate(postgres.url);
    const env: Record<string, string> = {
      DATABASE_URL: postgres.url,
      BEAMDECK_STORE_DIR: storeDir,
      BEAMDECK_RUNS_DIR: runsDir,
      BEAMDECK_SECRET: 'a secret of at least thirty-two characters',
      BEAMDECK_DEMO: '1',
      BEAMDECK_LOG_LEVEL: 'warn',
      NODE_ENV: 'production',
    };
    const config = loadConfig(env);
    const { experiment, instrument } = await seedDemo(config);
    const tree = path.join(storeDir, experiment.code);
    mkdirSync(tree, { recursive: true, mode: 0o755 });
    const { jobs, pool, close } = createContainer(config, 'bench');
    const trigger = {
      name: 'Fast feedback',
      templateSlug: 'fast-feedback',
      event: 'dataset.finished',
    } as const;
    await jobs.createTrigger(systemContext('bench'), { instrumentId: instrument.id, ...trigger });
    const worker = await startWorker(env);
    return {
      runsDir,
      async commitDataset() {
        const datasetId = randomUUID();
        await pool.query(
          `with measured as (
             insert into acquisition (id, instrument_id, experiment_id, kind, parameters, started_at)
             values ($1, $2, $3, 'rotation', '{}', now()) returning id),
           finished as (
             insert into dataset (id, acquisition_id, instrument_id, experiment_id, agent_id, series_key, detector_name,
               detector_serial_number, series_unique_id, base, state, ending, frames_expected, frames_received, frames_stored,
               frames_per_file, channels, geometry, summary, started_at, ended_at, created_at)
             select $1, measured.id, $2, $3, (select id from agent where instrument_id = $2 limit 1), $1, 'eiger', 'E-32-0001', $1::text,
               'raw/bench/' || $1, 'complete', 'end-message', 1, 1, 1, 1,
               '[{"name":"threshold_1","dtype":"u2","shape":[160,160],"filter":"bslz4"}]', '{"imageSizeXPx":160,"imageSizeYPx":160}',
               '{}', now(), now(), now() from measured returning id)
           select graphile_worker.add_job('start-triggered-jobs', json_build_object('datasetId', id)) from finished`,
          [datasetId, instrument.id, experiment.id],
        );
        return { datasetId, committedAtMs: Date.now() };
      },
      async storm(datasets, deliveries) {
        await pool.query('update trigger set most_at_once = 1');
        // Some at a time: a statement may take half a minute.
        for (let left = datasets; left > 0; left -= STORM_BATCH) {
          await pool.query(STORM_SQL, [
            instrument.id,
            experiment.id,
            Math.min(left, STORM_BATCH),
            deliveries,
          ]);
        }
      },
      async eventsSoFar() {
        const { rows } = await pool.query(
          `select (select count(*)::int from graphile_worker.jobs where task_identifier = 'start-triggered-jobs') as waiting,
             (select count(*)::int from job) as jobs,
             (select (count(*) - count(distinct dataset_id))::int from job) as "jobsOfSameDataset",
             (select count(*)::int from trigger_firing) as decided`,
        );
        return rows[0]!;
      },
      async jobOf(datasetId) {
        const { rows } = await pool.query('select id, state from job where dataset_id = $1', [datasetId]);
        return rows[0] ?? null;
      },
      async countJobs() {
        const { rows } = await pool.query('select state, count(*)::int as jobs from job group by state');
        return Object.fromEntries(rows.map(({ state, jobs }) => [state, jobs]));
      },
      async stop() {
        await end(worker);
        await close();
        await postgres.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
