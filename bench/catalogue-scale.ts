import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '#scripts/lib/embedded-postgres.ts';
import { loadConfig } from '#src/server/config/config.ts';
import { type Container, createContainer } from '#src/server/container.ts';
import { migrate } from '#src/server/db/migrate.ts';
import { requireExperiment } from '#src/server/domain/experiments/experiment.policy.ts';
import { newContext } from '#src/server/domain/new-context.ts';
import { benchId, type Catalogue, catalogueOf, fillCatalogue, scientistOf } from './lib/catalogue.ts';
import { end, hear, startChild } from './lib/children.ts';
import type { RegisteringOrder } from './lib/registering.ts';

/*
 * How long a large catalogue makes people wait: what pages ask most, through the services, in a small catalogue and in that of a facility after
 * years, quiet and while files register at the same database.
 * Options: --files N (10,000,000), --small N (10,000; 0 leaves it out), --rate FILES_A_SECOND (3000), --calls N of each query (200).
 */

const { values: given } = parseArgs({
  options: {
    files: { type: 'string' },
    small: { type: 'string' },
    rate: { type: 'string' },
    calls: { type: 'string' },
  },
});
const FILES = Number(given.files ?? 10_000_000);
const SMALL = Number(given.small ?? 10_000);
const RATE = Number(given.rate ?? 3000);
const CALLS = Number(given.calls ?? 200);
/** Measured: files, datasets and their indexes. */
const BYTES_PER_FILE = 1100;

interface Row {
  query: string;
  files: number;
  /** `quiet`, or the rate that was held. */
  load: string;
  p50_ms: number;
  p95_ms: number;
  /** Of the median call, how long something was asked of PostgreSQL. */
  sql_ms: number;
}
const rows: Row[] = [];
const tell = (text: string) => process.stderr.write(`${text}\n`);

/** How long at least one statement was under way, since it was last asked. */
function watchStatements({ pool }: Container): () => number {
  let [underWay, since, busyMs] = [0, 0, 0];
  const ask = pool.query.bind(pool) as (...asked: unknown[]) => Promise<unknown>;
  const query = async (...asked: unknown[]) => {
    if (underWay++ === 0) since = performance.now();
    try {
      return await ask(...asked);
    } finally {
      if (--underWay === 0) busyMs += performance.now() - since;
    }
  };
  Object.assign(pool, { query });
  return () => {
    const taken = busyMs;
    busyMs = 0;
    return taken;
  };
}

type Ask = (nth: number) => Promise<unknown>;

function queries(services: Container, catalogue: Catalogue): Record<string, Ask> {
  const { db, experiments, cockpit, datasets, files, jobs } = services;
  const { instrument, typical, large, experiments: count } = catalogue;
  const as = (personId: string) =>
    newContext({
      kind: 'person',
      personId,
      sessionId: benchId('person', 1),
      name: 'x',
      email: 'x@example.org',
    });
  const [staff, member] = [as(catalogue.staffId), as(catalogue.memberId)];
  /** Another person, and with them other experiments, at every call. */
  const someone = (nth: number) => as(benchId('person', 30 + ((nth * 13) % (catalogue.people - 30))));
  const words = ['kinase', 'membrane protease', 'lysozyme 1', 'person 77'];
  const byMetric = (experimentId: string) => (nth: number) =>
    datasets.listDatasets(newContext({ kind: 'system', name: 'bench' }), {
      ...{
        experimentId,
        limit: 100,
        sort: { metric: nth % 2 ? 'hitRate' : 'resolutionA', falls: nth % 2 === 0 },
      },
    });
  const system = newContext({ kind: 'system', name: 'bench' });
  return {
    'experiment list of a member': (nth) => experiments.list(someone(nth), { limit: 50 }),
    'experiment list of staff': () => experiments.list(staff, { limit: 50 }),
    'text search of staff': (nth) => experiments.list(staff, { search: words[nth % 4]!, limit: 50 }),
    'text search in all': (nth) => experiments.list(system, { search: words[nth % 4]!, limit: 50 }),
    'cockpit of staff': () => cockpit.view(staff, { slug: instrument.slug }),
    'cockpit of a scientist': async (nth) => {
      const { personId, slug } = scientistOf(catalogue, nth);
      const { scope } = await cockpit.view(as(personId), { slug });
      if (scope !== 'own') throw new Error('This is the cockpit of staff.');
    },
    'datasets by a metric': byMetric(typical.id),
    [`datasets by a metric, of ${large.datasets}`]: byMetric(large.id),
    'folder of files': () =>
      files.listFolder(system, { experimentId: typical.id, parent: 'raw/lysozyme', limit: 200 }),
    [`folder of files, of ${large.datasets} datasets`]: () =>
      files.listFolder(system, { experimentId: large.id, parent: 'raw/lysozyme', limit: 200 }),
    'job list of a member': (nth) => jobs.list(someone(nth), { limit: 50 }),
    'job list of staff': () => jobs.list(staff, { instrumentId: instrument.id, limit: 50 }),
    'job list of an experiment': () => jobs.list(system, { experimentId: typical.id, limit: 50 }),
    'access check': async (nth) => {
      // Refused or not, it costs the same.
      const experimentId = benchId('experiment', 1 + ((nth * 7919) % count));
      await requireExperiment(db, member, experimentId, 'experiment.view').catch(() => undefined);
    },
  };
}

const rounded = (ms: number) => Math.round(ms * 10) / 10;

/** One after the other in turns, so that all see the same load. */
async function measure(services: Container, catalogue: Catalogue, sqlMs: () => number) {
  const times = new Map<string, { ms: number; sql: number }[]>();
  const asked = Object.entries(queries(services, catalogue));
  for (let nth = -5; nth < CALLS; nth++) {
    for (const [name, ask] of asked) {
      sqlMs();
      const before = performance.now();
      await ask(Math.abs(nth));
      const ms = performance.now() - before;
      // The first calls warm up what a running server has warm.
      if (nth >= 0) times.set(name, [...(times.get(name) ?? []), { ms, sql: sqlMs() }]);
    }
  }
  return [...times].map(([query, all]) => {
    const sorted = all.toSorted((a, b) => a.ms - b.ms);
    const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1]!;
    return { query, p50_ms: rounded(at(0.5).ms), p95_ms: rounded(at(0.95).ms), sql_ms: rounded(at(0.5).sql) };
  });
}

async function measureAt(files: number): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-bench-catalogue-'));
  const where = { dir: path.join(folder, 'postgres'), name: 'bench' };
  try {
    // Nothing that is filled need survive a cut of power; the measurements run as an installation does.
    const filling = await startPostgres({
      ...where,
      settings: {
        fsync: 'off',
        wal_level: 'minimal',
        max_wal_senders: '0',
        max_wal_size: '1GB',
        shared_buffers: '1GB',
      },
    });
    const begin = performance.now();
    let catalogue: Catalogue;
    try {
      await migrate(filling.url);
      catalogue = await fillCatalogue(filling.url, catalogueOf(files), tell);
    } finally {
      await filling.stop();
    }
    tell(`${files} files made in ${Math.round((performance.now() - begin) / 1000)} s`);
    const postgres = await startPostgres({
      ...where,
      settings: { shared_buffers: '1GB', max_wal_size: '2GB' },
    });
    const env = {
      ...{
        DATABASE_URL: postgres.url,
        BEAMDECK_STORE_DIR: path.join(folder, 'store'),
        BEAMDECK_LOG_LEVEL: 'warn',
      },
      ...{
        BEAMDECK_RUNS_DIR: path.join(folder, 'runs'),
        BEAMDECK_SECRET: 'a secret of at least thirty-two characters',
      },
      NODE_ENV: 'production',
    };
    const services = createContainer(loadConfig(env), 'bench');
    try {
      const sqlMs = watchStatements(services);
      const note = (load: string, measured: Awaited<ReturnType<typeof measure>>) => {
        for (const row of measured) rows.push({ ...row, files, load });
        for (const row of rows.slice(-measured.length)) tell(JSON.stringify(row));
      };
      note('quiet', await measure(services, catalogue, sqlMs));
      const order: RegisteringOrder = {
        ...{ env, rate: RATE, atOnce: 4 },
        agent: {
          ...{ kind: 'agent', agentId: catalogue.agentId, instrumentId: catalogue.instrument.id },
          ...{ name: 'hub', folders: ['raw'] },
        },
      };
      const registering = startChild('registering.ts', order);
      try {
        await hear(registering, 'begun');
        const measured = await measure(services, catalogue, sqlMs);
        registering.send('count');
        const { registered, ms } = await hear<{ registered: number; ms: number }>(registering, 'count');
        note(`${Math.round((registered * 1000) / ms)} files/s`, measured);
      } finally {
        await end(registering);
      }
    } finally {
      await services.close();
      await postgres.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const { bavail, bsize } = statfsSync(os.tmpdir());
if (bavail * bsize < 1.3 * BYTES_PER_FILE * FILES)
  throw new Error(`${os.tmpdir()} has no room for ${FILES} files; set TMPDIR, or take fewer by --files.`);
for (const files of SMALL > 0 && SMALL < FILES ? [SMALL, FILES] : [FILES]) await measureAt(files);
process.stdout.write(`${JSON.stringify({ bench: 'catalogue-scale', files: FILES, rows })}\n`);
