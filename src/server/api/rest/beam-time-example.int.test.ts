import { execFile, execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { and, eq, isNotNull } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { experiment, job, keptAnswer } from '#src/server/db/schema/index.ts';
import { webContainer } from '#src/server/web-container.ts';
import { testContext } from '#src/testing/test-context.ts';
import type { AccessWorld } from '../testing/access-world.ts';
import { type WebDoors, webDoors } from '../testing/web-doors.ts';
import { answerRequest } from './answer-request.ts';

/* The example of docs/api.md, run again when no key of the first time is remembered any more; e2e/beam-time.spec.ts runs it against a beamline. */

const script = join('docs', 'examples', 'beam_time.py');
const TITLE = 'A beam time run by a program';
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let doors: WebDoors;
let database: WebDoors['database'];
let storage: WebDoors['storage'];
let w: AccessWorld;
let server: Server;

beforeAll(async () => {
  doors = await webDoors();
  ({ w, database, storage } = doors);
  server = createServer(async (incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const body = method === 'GET' ? undefined : await text(incoming);
    const request = new Request(`http://web${url}`, { method, headers: headers as HeadersInit, body });
    const answer = await answerRequest(webContainer(), request);
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server?.close();
  await doors?.close();
});

function hasPython(): boolean {
  try {
    execFileSync('python3', ['--version']);
    return true;
  } catch {
    return false;
  }
}

async function run(): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const { stdout } = await promisify(execFile)(
    'python3',
    [
      ...[script, '--server', `http://127.0.0.1:${port}`, '--instrument', w.instrument.slug],
      ...['--visit', 'mx/4711', '--title', TITLE, '--pi', w.personas.owner.email],
      ...['--invite', 'postdoc@example.org', '--detector', 'eiger', '--results', storage.folder],
    ],
    { env: { ...process.env, BEAMDECK_TOKEN: w.instrumentToken.token } },
  );
  return stdout;
}

async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(200);
  }
}

/** What the beamline and a worker do meanwhile: two datasets, and the end of the job. */
async function measureAndAnalyse(): Promise<void> {
  const { db } = database;
  const { id } = await eventually(async () => {
    const [row] = await db.select().from(experiment).where(eq(experiment.title, TITLE));
    return row?.state === 'running' ? row : undefined;
  });
  const ofExperiment = async () => {
    const { datasetId } = await w.measureSpots([3]);
    return (await w.row(datasetId)).experimentId === id ? datasetId : undefined;
  };
  // What begins within a second of the activation is nobody's.
  for (const look of [ofExperiment, ofExperiment]) await eventually(look);
  const started = await eventually(async () => {
    const ofPeople = and(eq(job.experimentId, id), isNotNull(job.startedBy));
    return (await db.select().from(job).where(ofPeople))[0];
  });
  await w.files.storeResult(testContext(), {
    ...{ experimentId: id, datasetId: started.datasetId },
    ...{ path: `${started.outputPath}/summary.json`, body: Buffer.from('{}') },
  });
  await db.update(job).set({ state: 'succeeded', finishedAt: new Date() }).where(eq(job.id, started.id));
}

const idsIn = (told: string) => ({
  experiment: /(\S+) A beam time run by a program is /.exec(told)?.[1],
  dataset: /dataset ([0-9a-f-]{36}),/.exec(told)?.[1],
  job: /job ([0-9a-f-]{36}) runs/.exec(told)?.[1],
});

it.skipIf(!hasPython())(
  'a beam time that a program runs again days later is the same one',
  async () => {
    const [first] = await Promise.all([run(), measureAndAnalyse()]);
    expect(first).toMatch(/ finished at /);
    expect(first).toContain('(2 bytes, hash as it should be)');
    const ids = idsIn(first);
    expect(Object.values(ids)).not.toContain(undefined);

    await database.db.delete(keptAnswer);
    const again = await run();
    expect(idsIn(again)).toEqual(ids);
    expect(again).toContain('was finished before: nothing is switched on');
    const experiments = await database.db.select().from(experiment).where(eq(experiment.title, TITLE));
    expect(experiments).toMatchObject([{ code: ids.experiment, state: 'processing' }]);
    const jobs = await database.db.select().from(job).where(eq(job.experimentId, experiments[0]!.id));
    expect(jobs.map(({ id }) => id)).toEqual([ids.job]);
  },
  120_000,
);
