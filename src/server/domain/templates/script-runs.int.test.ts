import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSpotsFile } from '#src/shared/codecs/spots-file.ts';
import type { TemplateContent } from '#src/shared/contracts/template-content.ts';
import { documentedTemplate } from '#src/testing/documented-templates.ts';
import { type IngestWorld, ingestWorld, LONG_AGO } from '#src/testing/ingest-world.ts';
import { EMPTY_CONTENT } from '#src/testing/template-content.ts';
import { testContext } from '#src/testing/test-context.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { BUILT_IN_TEMPLATES } from '#templates/index.ts';
import { createProcessDriver } from '../../compute/process-driver.ts';
import { job } from '../../db/schema/index.ts';
import { createLogger } from '../../observability/logger.ts';
import { createFilesService } from '../files/files.service.ts';
import { createJobRunsService, type JobRunsService } from '../jobs/job-runs.service.ts';
import { createJobsService, type JobsService } from '../jobs/jobs.service.ts';
import { createTemplateChecks, type TemplateChecks } from './template-checks.ts';
import { createTemplatesService, type TemplatesService } from './templates.service.ts';

function works(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
const hasSandbox = works('bwrap', ['--ro-bind', '/', '/', '--unshare-pid', 'true']);
const hasPython = works('python3', ['--version']);
// The one of the system: what the programs of jobs find.
const hasH5py = works('/usr/bin/python3', ['-c', 'import h5py']);

const system = testContext();
const owner = 'worker';
let database: TestDatabase;
let storage: TestStore;
let runsDir: string;
let w: IngestWorld;
let experiment: { id: string; code: string };
let datasetIds: string[];
let jobs: JobsService;
let templates: TemplatesService;
let runs: JobRunsService;
let checks: TemplateChecks;

beforeAll(async () => {
  [database, storage, runsDir] = await Promise.all([
    testDatabase(),
    testStore(),
    mkdtemp(join(tmpdir(), 'beamdeck-scripts-')),
  ]);
  const { db } = database;
  const log = createLogger('test', 'silent');
  const files = createFilesService({ db, store: storage.store });
  const compute = createProcessDriver({ runsDir, allowUnconfined: true, capacity: 1 });
  runs = createJobRunsService({ db, compute, store: storage.store, files, templates: [], log });
  checks = createTemplateChecks({ db, compute, log });
  jobs = createJobsService({ db });
  await jobs.ensureBuiltInTemplates(system, BUILT_IN_TEMPLATES);
  templates = createTemplatesService({ db });
  w = await ingestWorld(db, storage.store);
  experiment = await w.activate(LONG_AGO);
  datasetIds = [];
  for (const counts of [[40, 0, 25], [12]]) datasetIds.push((await w.measureSpots(counts)).datasetId);
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
  await rm(runsDir, { recursive: true, force: true });
});

/** Runs a template to its end; the test's own time limit ends a wait in vain. */
async function run(content: TemplateContent, parameters: Record<string, unknown>) {
  const { slug } = await templates.create(w.as('pi'), { content, facility: w.facility.code });
  return runTemplate(slug, parameters);
}

async function runTemplate(templateSlug: string, parameters: Record<string, unknown>) {
  const pi = w.as('pi');
  const { jobId } = await jobs.runTemplate(pi, { experimentId: experiment.id, templateSlug, parameters });
  for (;;) {
    await runs.submitWaiting(system, { owner });
    await runs.observeRuns(system, { owner });
    const [row] = await database.db.select().from(job).where(eq(job.id, jobId));
    if (['succeeded', 'failed', 'cancelled'].includes(row!.state)) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const [seen, log] = await Promise.all([jobs.get(pi, { jobId }), jobs.log(pi, { jobId })]);
  const result = async (name: string) =>
    readFile(join(storage.store.localTree(experiment.code)!, `${seen.outputPath}/${name}`), 'utf8');
  return { ...seen, slug: templateSlug, logText: log.chunks.map(({ text }) => text).join(''), result };
}

const ofBash = (script: string, rest: Partial<TemplateContent> = {}): TemplateContent => ({
  ...{ ...EMPTY_CONTENT, script, ...rest },
});

it.skipIf(!hasSandbox)('runs the Bash example as it is printed in the documentation', async () => {
  const done = await run(documentedTemplate('bash'), { folder: 'raw/lyso', pattern: '*.h5' });
  expect(done.logText).toBe('');
  expect(done).toMatchObject({ state: 'succeeded', failure: null, metrics: { files: 2 }, progress: 1 });
  expect(done.progressText).toBe('file 2 of 2');
  expect(done.outputPath).toBe(`processed/${done.slug}`);
  const lines = (await done.result('sha256.txt')).trim().split('\n');
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).toMatch(/^[0-9a-f]{64} {2}\.\/run_\w+\.h5$/);
});

it.skipIf(!hasSandbox || !hasPython)(
  'runs the Python example as it is printed in the documentation',
  async () => {
    const done = await run(documentedTemplate('python'), { datasets: datasetIds, unitBytes: 'kB' });
    expect(done.failure).toBeNull();
    expect(done.metrics).toMatchObject({ datasets: 2, largest: expect.any(Number) });
    expect(done.plots).toMatchObject([
      { id: 'sizes', data: [{ type: 'bar', y: [expect.any(Number), expect.any(Number)] }] },
    ]);
    expect(await done.result('sizes.csv')).toMatch(/^dataset,kB\r\nraw\/lyso\//);
    expect(done.datasets).toEqual(
      Object.fromEntries(datasetIds.map((id) => [id, expect.stringMatching(/^raw\//)])),
    );
  },
);

it.skipIf(!hasSandbox)(
  'makes of a table of spots a file that the viewer reads by ranges, or says why not',
  async () => {
    const script =
      'cd "$JOB_OUTPUT_DIR"\nprintf "frame,fast,slow,h,k,l\\n3,10.5,20.25,1,2,-3\\n" > spots.csv\nprintf "x\\n" > other.csv\n';
    const outputs = ['spots.csv', 'other.csv'].map((path) => ({ kind: 'spots' as const, path, label: path }));
    const done = await run(ofBash(script, { outputs }), {});
    expect(done.failure).toBeNull();
    expect(done.files.map(({ name }) => name).sort()).toEqual([
      ...['other.csv', 'other.spots.fault.txt', 'spots.csv', 'spots.spots'],
    ]);
    const key = `${experiment.code}/${done.outputPath}/spots.spots`;
    const { sizeBytes } = done.files.find(({ name }) => name === 'spots.spots')!;
    expect(readSpotsFile(await storage.store.readRange(key, 0, sizeBytes)).get(3)).toMatchObject([
      { fast: 10.5, slow: 20.25, hkl: [1, 2, -3], kind: 'indexed' },
    ]);
    expect(await done.result('other.spots.fault.txt')).toContain('frame and slow are missing');
  },
);

it.skipIf(!hasSandbox)(
  'what people typed is data: no shell reads it, and no other variable comes of it',
  async () => {
    const hostile = '$(touch "$JOB_OUTPUT_DIR/owned"); `id`; "\'\\ \n--help * $HOME';
    const script = 'set -u\nprintf "%s" "$JOB_INPUT_WORDS" > words\nenv | cut -d= -f1 | sort > names\n';
    const done = await run(
      ofBash(script, {
        parameters: [
          { name: 'words', label: 'Words', type: 'text', description: '' },
          { name: 'mask', label: 'Mask', type: 'file', optional: true, description: '' },
        ],
      }),
      { words: hostile },
    );
    expect(done.files.map(({ name }) => name).sort()).toEqual(['names', 'words']);
    expect(await done.result('words')).toBe(hostile);
    const names = (await done.result('names')).split('\n');
    expect(names).toEqual(
      expect.arrayContaining(['JOB_INPUT_MASK', 'JOB_INPUT_WORDS', 'JOB_WORK_DIR', 'JOB_TEMPLATE_DIR']),
    );
    expect(names.filter((name) => /BEAMDECK|DATABASE|SECRET/.test(name))).toEqual([]);
  },
);

it.skipIf(!hasSandbox)(
  'reads its support files, and can change neither them nor the data of the experiment',
  async () => {
    const script = `cat "$JOB_TEMPLATE_DIR/tables/cells.txt"
    touch "$JOB_TEMPLATE_DIR/new" "$JOB_WORK_DIR/raw/new" 2>/dev/null && echo changed
    echo changed >> "$JOB_TEMPLATE_DIR/main.sh" 2>/dev/null && echo changed
    exit 3`;
    const done = await run(
      ofBash(script, { files: [{ path: 'tables/cells.txt', encoding: 'utf8', content: '78.1 Å\n' }] }),
      {},
    );
    expect(done).toMatchObject({ state: 'failed', exitCode: 3, failure: { code: 'exit-code' } });
    expect(done.logText).toContain('78.1 Å\n');
    expect(done.logText).not.toContain('changed');
  },
);

it.skipIf(!hasSandbox)(
  'what the machine lacks is said with how to get it, and the run costs nothing',
  async () => {
    const requires = [{ kind: 'command' as const, name: 'no-such-program', how: 'apt-get install nothing' }];
    const done = await run(ofBash('no-such-program', { requires }), {});
    expect(done).toMatchObject({ state: 'failed', startedAt: null, failure: { code: 'start-failed' } });
    expect(done.failure?.message).toBe(
      'The machine that runs jobs lacks the command no-such-program (apt-get install nothing). Ask whoever runs it to install it.',
    );
    // A worker that has looked says so before the next start.
    const { slug } = done;
    expect(await templates.get(w.as('pi'), { slug })).toMatchObject({ missing: null });
    await checks.checkAll(system);
    expect(await templates.get(w.as('pi'), { slug })).toMatchObject({ missing: requires });
    await expect(runTemplate(slug, {})).rejects.toThrow('no-such-program');
  },
);

it.skipIf(!hasSandbox || !hasH5py)(
  'HDF5 summary tells what is in a file, and which of its links lead nowhere',
  async () => {
    const script = `import h5py, os
with h5py.File(os.path.join(os.environ["JOB_OUTPUT_DIR"], "made.h5"), "w") as file:
    file["entry/detector/beam_center_x"] = 522.3
    file["entry"].attrs["NX_class"] = "NXentry"
    file["entry/data"] = h5py.ExternalLink("not_there.h5", "/entry/data")
    file["entry/again"] = h5py.SoftLink("/entry")
`;
    const made = await run({ ...EMPTY_CONTENT, language: 'python', script }, {});
    const done = await runTemplate('hdf5-summary', { file: `${made.outputPath}/made.h5` });
    expect(done.failure).toBeNull();
    expect(done.metrics).toMatchObject({ groups: 3, arrays: 1, linksBroken: 1 });
    expect(done.logText).toContain('/entry/detector/beam_center_x  array  float64 one value  522.3\n');
    expect(done.logText).toContain('/entry/data  link  to /entry/data in not_there.h5  leads nowhere\n');
    expect(await done.result('summary.csv')).toMatch(
      /^path,kind,link,what,filters,values\r\n\/entry,group,,NXentry/,
    );
  },
);

it('inputs that are not in the experiment are refused before anything is started', async () => {
  const parameters: TemplateContent['parameters'] = [
    { name: 'mask', label: 'Mask', type: 'file', description: '' },
    { name: 'sets', label: 'Sets', type: 'datasets', description: '' },
  ];
  const refused = (given: Record<string, unknown>) =>
    run(ofBash('true', { parameters }), given).then(
      () => 'done',
      (error: Error) => error.message,
    );
  expect(await refused({ mask: 'raw/none.h5', sets: [system.newId()] })).toBe(
    'Mask: the experiment has no file raw/none.h5. Sets: there is no such dataset in this experiment.',
  );
  expect(await refused({ mask: '../other/raw/a.h5', sets: [] })).toMatch(
    /^Mask must be a path inside the experiment.* Sets must name at least one dataset\.$/,
  );
});
