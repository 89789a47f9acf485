import { withConnection } from '#src/server/db/connection.ts';

/*
 * A facility's catalogue after years, made by the database itself: what the services would have written, without their events and audit. Ids
 * follow from numbers (`bench_id`), so that rows find each other without being looked up.
 */

export interface CatalogueSize {
  files: number;
  datasets: number;
  experiments: number;
  people: number;
}

export interface Catalogue extends CatalogueSize {
  /** Staff of the first instrument. */
  staffId: string;
  /** Member of as many experiments as anybody. */
  memberId: string;
  instrument: { id: string; slug: string };
  /** An experiment like most. */
  typical: { id: string };
  /** The largest one, with up to 20,000 datasets in one folder. */
  large: { id: string; datasets: number };
  agentId: string;
}

const INSTRUMENTS = 20;
const MEMBERS = 6;
const KINDS = {
  facility: 1,
  person: 2,
  instrument: 3,
  agent: 4,
  experiment: 5,
  acquisition: 6,
  dataset: 7,
  file: 8,
};
const MORE = { job: 9, template: 10, activation: 11 };

export const benchId = (kind: keyof typeof KINDS, number: number): string =>
  `${KINDS[kind].toString(16).padStart(8, '0')}-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;

/** What a catalogue with so many files has, in the proportions of the largest: ten files a dataset, fifty datasets an experiment. */
export function catalogueOf(files: number): CatalogueSize {
  const datasets = Math.ceil(files / 10);
  const experiments = Math.max(2 * INSTRUMENTS, Math.ceil(datasets / 50));
  return { files, datasets, experiments, people: Math.max(100, Math.ceil(experiments / 4)) };
}

/** A member of an experiment, who is staff nowhere, and the instrument where it was measured; of every second it is the active one there. */
export function scientistOf({ experiments, people }: CatalogueSize, nth: number) {
  const n = nth % 2 === 0 ? experiments - ((nth / 2) % INSTRUMENTS) : 1 + ((nth * 7919) % experiments);
  const members = Array.from({ length: MEMBERS }, (_, m) => 1 + ((n * 7 + m * 101) % people));
  const person = members.find((each) => each > INSTRUMENTS)!;
  return { personId: benchId('person', person), slug: `mx-${1 + (n % INSTRUMENTS)}` };
}

/** Datasets of the largest experiment; the others share the rest evenly, in order. */
const largestOf = ({ datasets }: CatalogueSize) => Math.min(20_000, Math.ceil(datasets / 4));

function statements(size: CatalogueSize): string[] {
  const { datasets, experiments, people } = size;
  const large = largestOf(size);
  const id = (kind: number, n: string) => `bench_id(${kind}, ${n})`;
  const K = KINDS;
  /** Number of the experiment of dataset n: 1 has the first ones. */
  const experimentOf = (n: string) =>
    `case when ${n} <= ${large} then 1 else 2 + ((${n} - ${large} - 1) * ${experiments - 1}) / ${Math.max(1, datasets - large)} end`;
  const instrumentOf = (n: string) => `1 + (${n}) % ${INSTRUMENTS}`;
  /** The newest dataset a minute ago, one every two minutes before it. */
  const at = (n: string) => `now() - (${datasets} - ${n}) * interval '2 minutes' - interval '1 minute'`;
  const words = `(array['lysozyme','thaumatin','kinase','protease','membrane','ribosome','insulin','synthase'])`;
  return [
    `create function bench_id(kind int, n bigint) returns uuid immutable language sql as
      $$ select (lpad(to_hex(kind), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$`,
    `insert into facility (id, code, name, time_zone, created_at) values (${id(K.facility, '1')}, 'BEN', 'Bench Facility', 'UTC', now())`,
    `insert into person (id, email, name, created_at)
      select ${id(K.person, 'n')}, 'person' || n || '@bench.example.org', 'Person ' || n, now() from generate_series(1, ${people}) n`,
    `insert into instrument (id, facility_id, slug, name, description, created_at)
      select ${id(K.instrument, 'n')}, ${id(K.facility, '1')}, 'mx-' || n, 'MX ' || n, '', now() from generate_series(1, ${INSTRUMENTS}) n`,
    `insert into instrument_staff (instrument_id, person_id, created_at)
      select ${id(K.instrument, 'n')}, ${id(K.person, 'n')}, now() from generate_series(1, ${INSTRUMENTS}) n`,
    `insert into agent (id, instrument_id, kind, name, created_at)
      select ${id(K.agent, 'n')}, ${id(K.instrument, 'n')}, 'hub', 'hub', now() - interval '10 years' from generate_series(1, ${INSTRUMENTS}) n`,
    `insert into experiment (id, facility_id, instrument_id, code, title, keywords, state, pi_name, started_at, finished_at, created_at, proprietary)
      select ${id(K.experiment, 'n')}, ${id(K.facility, '1')}, ${id(K.instrument, instrumentOf('n'))},
        'BEN26-' || lpad(upper(to_hex(n)), 5, '0'),
        ${words}[1 + n % 8] || ' with ' || ${words}[1 + (n / 8) % 8] || ' ' || n, array[${words}[1 + (n / 64) % 8]],
        case when n % 50 = 0 then 'running' else 'processing' end, 'Person ' || 1 + (n * 7) % ${people},
        now() - (${experiments} - n) * interval '3 hours', case when n % 50 = 0 then null else now() - (${experiments} - n) * interval '3 hours' end,
        now() - (${experiments} - n) * interval '3 hours', n % 3 = 0
      from generate_series(1, ${experiments}) n`,
    `insert into membership (experiment_id, person_id, role, created_at)
      select ${id(K.experiment, 'n')}, ${id(K.person, `1 + (n * 7 + m * 101) % ${people}`)}, case m when 0 then 'owner' else 'member' end, now()
      from generate_series(1, ${experiments}) n, generate_series(0, ${MEMBERS - 1}) m on conflict do nothing`,
    `insert into activation (id, instrument_id, experiment_id, started_at)
      select ${id(MORE.activation, 'n')}, ${id(K.instrument, instrumentOf('n'))}, ${id(K.experiment, 'n')}, now() - interval '1 day'
      from generate_series(${experiments - INSTRUMENTS + 1}, ${experiments}) n`,
    `insert into acquisition (id, instrument_id, experiment_id, kind, energy_ev, parameters, started_at)
      select ${id(K.acquisition, 'n')}, ${id(K.instrument, instrumentOf('e'))}, ${id(K.experiment, 'e')}, 'rotation', 12400, '{}', ${at('n')}
      from (select n, ${experimentOf('n')} as e from generate_series(1::bigint, ${datasets}) n) d`,
    `insert into dataset (id, acquisition_id, instrument_id, experiment_id, agent_id, series_key, detector_name, detector_serial_number,
        series_unique_id, base, state, ending, frames_expected, frames_received, frames_stored, frames_per_file, channels, geometry, summary,
        started_at, ended_at, created_at)
      select ${id(K.dataset, 'n')}, ${id(K.acquisition, 'n')}, ${id(K.instrument, instrumentOf('e'))}, ${id(K.experiment, 'e')},
        ${id(K.agent, instrumentOf('e'))}, ${id(K.dataset, 'n')}, 'eiger', 'E-32-0001', n::text,
        'raw/' || ${words}[1 + n % 8] || '/run_' || n, 'complete', 'end-message', 1800, 1800, 1800, 200,
        '[{"name":"threshold_1","dtype":"u4","shape":[4362,4148],"filter":"bslz4"}]',
        '{"imageSizeXPx":4148,"imageSizeYPx":4362,"beamCenterXPx":2074,"beamCenterYPx":2181,"detectorDistanceM":0.2,"energyEv":12400,"omegaIncrementDeg":0.1,"xPixelSizeM":0.000075,"yPixelSizeM":0.000075}',
        jsonb_build_object('hitRate', (n * 7919 % 1000) / 10.0, 'spotsMedian', n * 31 % 400, 'resolutionA', 1 + (n * 17 % 300) / 100.0),
        ${at('n')}, ${at('n')} + interval '1 minute', ${at('n')}
      from (select n, ${experimentOf('n')} as e from generate_series(1::bigint, ${datasets}) n) d`,
    // The trigger that keeps it is off while this is filled.
    `insert into dataset_metric (dataset_id, name, experiment_id, value)
      select d.id, m.key, d.experiment_id, (m.value #>> '{}')::float8 from dataset d cross join lateral jsonb_each(d.summary) m`,
    `insert into job_template (id, slug, version, name, description, entry, parameters, metrics, created_at)
      values (${id(MORE.template, '1')}, 'fast-feedback', 1, 'Fast feedback', '', 'built-in:fast-feedback', '[]',
        '[{"name":"hitRate","label":"Hit rate","unit":"%","digits":1}]', now())`,
    `insert into job (id, experiment_id, dataset_id, template_id, state, parameters, driver, metrics, created_at, started_at, finished_at)
      select ${id(MORE.job, 'n')}, d.experiment_id, d.id, ${id(MORE.template, '1')}, 'succeeded', '{}', 'process', d.summary, d.ended_at, d.ended_at, d.ended_at
      from generate_series(1, ${datasets}, 2) n join dataset d on d.id = ${id(K.dataset, 'n')}`,
  ];
}

/** The files from one number to another. */
function insertFiles(from: number, to: number): string {
  const id = (kind: number, n: string) => `bench_id(${kind}, ${n})`;
  return `insert into file (id, instrument_id, experiment_id, dataset_id, agent_id, kind, path, parent, name, store_key, size_bytes, sha256,
        source_created_at, source_settled_at, first_byte_at, stored_at, committed_at)
      select ${id(KINDS.file, 'n')}, d.instrument_id, d.experiment_id, d.id, d.agent_id, f.kind, p.parent || '/' || p.name, p.parent, p.name,
        x.code || '/' || p.parent || '/' || p.name, 10000000, repeat(md5(f.n::text), 2), p.at, p.at, p.at, p.at + interval '1 second', p.at + interval '1 second'
      from (
        select n, (n - 1) / 10 + 1 as dn, case when n % 10 = 1 then 'master' else 'data' end as kind,
          case when n % 10 = 1 then '_master.h5' else '_data_' || lpad(((n - 1) % 10)::text, 6, '0') || '.h5' end as suffix
        from generate_series(${from}, ${to}) n) f
      join dataset d on d.id = ${id(KINDS.dataset, 'f.dn')}
      join experiment x on x.id = d.experiment_id
      cross join lateral (select regexp_replace(d.base, '/[^/]*$', '') as parent, regexp_replace(d.base, '^.*/', '') || f.suffix as name, d.started_at as at) p`;
}

/** Indexes that belong to no constraint: made again when the rows are there, which is several times as fast. */
const LOOSE_INDEXES = `select indexname, indexdef from pg_indexes i
  where schemaname = 'public' and tablename in ('file', 'dataset', 'dataset_metric', 'acquisition', 'job', 'membership')
    and not exists (select 1 from pg_constraint c where c.conname = i.indexname)`;

/** What refers to what is right by the way it is made; checking every row of it would take longer than making it. */
const UNCHECKED = 'set session_replication_role = replica';
const FILES_AT_ONCE = 500_000;
/** Connections that make files at the same time: as many as the least machine has cores. */
const WRITERS = 2;

async function fillFiles(databaseUrl: string, files: number, tell: (text: string) => void): Promise<void> {
  let next = 1;
  const write = () =>
    withConnection(databaseUrl, async (client) => {
      await client.query(UNCHECKED);
      for (let from = next; from <= files; from = next) {
        next = from + FILES_AT_ONCE;
        await client.query(insertFiles(from, Math.min(files, next - 1)));
        tell(`files up to ${Math.min(files, next - 1)}`);
      }
    });
  await Promise.all(Array.from({ length: WRITERS }, write));
}

/** Fills an empty, migrated database. Tells how long each step took. */
export async function fillCatalogue(
  databaseUrl: string,
  size: CatalogueSize,
  tell: (text: string) => void,
): Promise<Catalogue> {
  await withConnection(databaseUrl, async (client) => {
    const step = async (text: string) => {
      const begin = performance.now();
      await client.query(text);
      const seconds = (performance.now() - begin) / 1000;
      if (seconds > 1) tell(`${seconds.toFixed(1)} s: ${text.replaceAll(/\s+/g, ' ').slice(0, 70)}`);
    };
    await step(
      `set session_replication_role = replica; set maintenance_work_mem = '1GB'; set work_mem = '256MB'`,
    );
    const { rows: indexes } = await client.query<{ indexname: string; indexdef: string }>(LOOSE_INDEXES);
    for (const { indexname } of indexes) await step(`drop index "${indexname}"`);
    for (const statement of statements(size)) await step(statement);
    await fillFiles(databaseUrl, size.files, tell);
    await step(
      `insert into storage_use (instrument_id, hot_bytes) select instrument_id, sum(size_bytes) from file group by 1`,
    );
    await step(
      `insert into folder_change (experiment_id, parent, files, size_bytes, changed_at)
        select experiment_id, parent, count(*), sum(size_bytes), max(committed_at) from file group by 1, 2`,
    );
    for (const { indexdef } of indexes) await step(indexdef);
    await step('vacuum analyze');
    await step('checkpoint');
  });
  // The newest experiments are active, one at each instrument; this one at that of the first staff.
  return {
    ...size,
    staffId: benchId('person', 1),
    memberId: benchId('person', 50),
    instrument: { id: benchId('instrument', 1), slug: 'mx-1' },
    typical: { id: benchId('experiment', Math.ceil(size.experiments / 2)) },
    large: { id: benchId('experiment', 1), datasets: largestOf(size) },
    agentId: benchId('agent', 1),
  };
}
