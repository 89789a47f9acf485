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
  /** Commits so many of these datasets at once, the event of each delivered so often in a row, for a trigger that lets so many jobs be alive at a time. */
  storm(input: { datasets: number; deliveries: number; mostAtOnce: number | null }): Promise<void>;
  /** Events that wait to be decided, what came of those that were, and from the first decision to the last. */
  eventsSoFar(): Promise<{
    waiting: number;
    jobs: number;
    jobsOfSameDataset: number;
    decided: number;
    seconds: number;
  }>;
  startWorker(): Promise<void>;
  /** What took the database most of its time, a line each; only where statements are counted. */
  longestStatements(): Promise<string>;
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
  select count(graphile_worker.add_job('start-triggered-jobs',
    json_build_object('event', 'dataset.finished', 'datasetId', id), queue_name => 'triggers:' || $1::uuid,
    job_key => 'start-triggered-jobs:' || id || ':' || delivery, job_key_mode => 'preserve_run_at', priority => 10))
  from finished, generate_series(1, $4) delivery`;

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

/** @param options `isIdle`: what comes waits until the worker is started */
export async function startJobInstallation(
  options: { isIdle?: boolean; countStatements?: boolean } = {},
): Promise<JobInstallation> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-bench-'));
  const [storeDir, runsDir] = [path.join(folder, 'store'), path.join(folder, 'runs')];
  const settings: Record<string, string> = options.countStatements
    ? { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track': 'all' }
    : {};
  const postgres = await startPostgres({ dir: path.join(folder, 'postgres'), name: 'bench', settings });
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
    if (options.countStatements) await pool.query('create extension pg_stat_statements');
    let worker = options.isIdle ? null : await startWorker(env);
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
      async startWorker() {
        worker ??= await startWorker(env);
      },
      async longestStatements() {
        const { rows } = await pool.query(
          `select round(total_exec_time) as ms, calls, left(regexp_replace(query, '\\s+', ' ', 'g'), 160) as text
           from pg_stat_statements where toplevel order by total_exec_time desc limit 12`,
        );
        return rows.map(({ ms, calls, text }) => `${ms} ms  ${calls} times  ${text}`).join('\n');
      },
      async storm({ datasets, deliveries, mostAtOnce }) {
        if (options.countStatements) await pool.query('select pg_stat_statements_reset()');
        await pool.query('update trigger set most_at_once = $1', [mostAtOnce]);
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
             fired.decided, fired.seconds
           from (select count(*)::int as decided,
             coalesce(extract(epoch from max(at) - min(at)), 0)::float8 as seconds from trigger_firing) fired`,
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
        if (worker) await end(worker);
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
