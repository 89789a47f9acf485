import { glob } from 'node:fs/promises';
import type { TrackedEnvelope } from '@trpc/server';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { principalOfRequest } from '#src/server/auth/current-principal.ts';
import { loadConfig } from '#src/server/config/config.ts';
import { type Container, createContainer, createServices } from '#src/server/container.ts';
import type { Database } from '#src/server/db/client.ts';
import { connectionSettings } from '#src/server/db/connection.ts';
import type { LiveMessage } from '#src/server/domain/live/live.service.ts';
import { newContext } from '#src/server/domain/new-context.ts';
import { LiveHub } from '#src/server/events/live-hub.ts';
import { publish } from '#src/server/events/outbox.repository.ts';
import type { Topic } from '#src/shared/contracts/live-events.ts';
import { allows } from '#src/shared/permissions/permission-table.ts';
import { oneAtATime } from '#src/testing/one-at-a-time.ts';
import { testContext } from '#src/testing/test-context.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { TEST_SECRET, type TestStore, testStore } from '#src/testing/test-store.ts';
import { toAppError } from './error-mapping.ts';
import { appRouter, createCaller } from './root.ts';
import type { AccessCase } from './testing/access-case.ts';
import { ACCESS_CASES } from './testing/access-cases.ts';
import { heldBy, PERSONA_NAMES, type PersonaName } from './testing/access-personas.ts';
import { atInstrument, inExperiment, type Outcome, shownIf } from './testing/access-rules.ts';
import { type AccessWorld, accessWorld, type Persona } from './testing/access-world.ts';

let database: TestDatabase;
let storage: TestStore;
let container: Container;
let hub: LiveHub;
let w: AccessWorld;
/** For what is undone at the end. */
let connection: pg.Client;
let undoable: Database;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  const config = loadConfig({
    DATABASE_URL: database.url,
    BEAMDECK_DATA_URL: storage.dataUrl,
    BEAMDECK_STORE_DIR: storage.folder,
    BEAMDECK_RUNS_DIR: `${storage.folder}/.runs`,
    BEAMDECK_SECRET: TEST_SECRET,
    BEAMDECK_LOG_LEVEL: 'fatal',
  });
  container = createContainer(config, 'access-matrix');
  hub = new LiveHub({ ...container, databaseUrl: database.url });
  w = await accessWorld(container);
  connection = new pg.Client(connectionSettings(database.url, 'access-matrix'));
  await connection.connect();
  undoable = oneAtATime(connection);
});
afterAll(async () => {
  await connection?.end();
  await hub?.close();
  await container?.close();
  await database?.drop();
  await storage?.close();
});

interface Ending {
  outcome: Outcome;
  /** The sentence of a refusal. */
  sentence?: string;
}

/** Calls a procedure the way a request does: who it is comes from the headers alone. */
async function call(services: Container, path: string, me: Persona, input: unknown): Promise<unknown> {
  const principal = await principalOfRequest(services, me.headers);
  const api = createCaller({ services, caller: newContext(principal), ip: '127.0.0.1' });
  const [area, name] = path.split('.') as [string, string];
  const procedures = api as unknown as Record<string, Record<string, (input: unknown) => Promise<unknown>>>;
  const result = await procedures[area]![name]!(input);
  return isStream(result) ? firstOf(result) : result;
}

const isStream = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

async function firstOf(stream: AsyncIterable<unknown>): Promise<unknown> {
  for await (const item of stream) return item;
  throw new Error('The stream ended before its first item.');
}

const takenBack = new Error('taken back');

/** Runs on services whose every change is undone at the end, so that no cell of the matrix sees another. */
async function undone<T>(run: (services: Container) => Promise<T>): Promise<T> {
  const results: T[] = [];
  await undoable
    .transaction(async (tx) => {
      // A transaction begins savepoints where the database begins transactions, and is the same otherwise.
      const db = tx as unknown as Database;
      const services = createServices({ config: container.config, db, store: container.store, hub });
      results.push(await run({ ...container, ...services, db }));
      throw takenBack;
    })
    .catch((error) => {
      if (error !== takenBack) throw error;
    });
  return results[0]!;
}

function endingOf(path: string, row: AccessCase, me: Persona, input = row.input(w, me)): Promise<Ending> {
  return undone(async (services) => {
    try {
      const result = await call(services, path, me, input);
      return { outcome: row.outcome ? row.outcome(result, w, me) : 'done' };
    } catch (error) {
      const known = toAppError(error);
      if (!known) throw error;
      return { outcome: known.code, sentence: known.message };
    }
  });
}

const CASES = Object.entries(ACCESS_CASES).flatMap(([area, procedures]) =>
  Object.entries(procedures).map(
    ([name, cases]) => [`${area}.${name}`, cases as unknown as readonly AccessCase[]] as const,
  ),
);
/** Ids of the things that somebody does see: these are not what a refusal hides from them. */
function seenBy(name: PersonaName): ReadonlySet<string> {
  const { inExperiment: held, atInstrument: heldThere } = heldBy(name);
  const { running, next, tray } = w;
  return new Set([
    ...(allows('experiment.view', held)
      ? [running.id, running.datasetId, running.fileId, running.jobId, next.id]
      : []),
    ...(allows('instrument.unassigned', heldThere) ? [tray.datasetId, tray.fileId] : []),
  ]);
}

const isHiddenFrom = (row: AccessCase, name: PersonaName) => row.rule(heldBy(name)) === 'NOT_FOUND';
const HIDING = CASES.filter(([, cases]) =>
  cases.some((row) => PERSONA_NAMES.some((name) => isHiddenFrom(row, name))),
);
const cellCount = CASES.reduce((sum, [, cases]) => sum + cases.length * PERSONA_NAMES.length, 0);

describe(`access matrix: ${CASES.length} procedures × ${PERSONA_NAMES.length} callers, ${cellCount} cells`, () => {
  it('has cases for every procedure of the router, and for no other', () => {
    const procedures = Object.keys(
      (appRouter as unknown as { _def: { procedures: object } })._def.procedures,
    );
    expect(procedures.length).toBeGreaterThan(0);
    expect(CASES.map(([path]) => path).sort()).toEqual(procedures.sort());
  });

  it('is told of every door: beside these procedures and the agent interface only sign-in, health, manifests and the API of tokens', async () => {
    const doors: string[] = [];
    for await (const file of glob('**/route.ts', { cwd: 'src/app' })) doors.push(file);
    const others = doors.filter((file) => !file.startsWith('api/agent/v1/')).sort();
    expect(others).toEqual([
      'api/auth/[...nextauth]/route.ts',
      // Its callers: src/app/api/experiments/manifest.int.test.ts
      'api/experiments/[code]/manifest/route.ts',
      'api/health/route.ts',
      'api/trpc/[trpc]/route.ts',
      // Their callers: src/app/api/v1/rest-access.int.test.ts
      'api/v1/experiments/[code]/files/[...path]/route.ts',
      'api/v1/experiments/[code]/manifest/route.ts',
    ]);
  });

  it('takes a session for a person and nothing else', async () => {
    for (const name of PERSONA_NAMES) {
      const principal = await principalOfRequest(container, w.personas[name].headers);
      const { personId } = w.personas[name];
      const expected = heldBy(name).signedIn ? { kind: 'person', personId } : { kind: 'anonymous' };
      expect(principal, name).toMatchObject(expected);
    }
  });

  it.each(CASES)('%s', async (path, cases) => {
    for (const row of cases) {
      const expected = {} as Record<PersonaName, Outcome>;
      const found = {} as Record<PersonaName, Outcome>;
      for (const name of PERSONA_NAMES) {
        expected[name] = row.rule(heldBy(name));
        found[name] = (await endingOf(path, row, w.personas[name])).outcome;
      }
      expect(found, `${path}: ${row.what}`).toEqual(expected);
    }
  });

  it.each(HIDING)('%s says of what is hidden what it says of what is not there', async (path, cases) => {
    for (const row of cases) {
      for (const name of PERSONA_NAMES.filter((name) => isHiddenFrom(row, name))) {
        const me = w.personas[name];
        const hidden = await endingOf(path, row, me);
        const absent = await endingOf(path, row, me, w.ghost(row.input(w, me), seenBy(name)));
        expect(hidden, `${path}: ${row.what}, asked by ${name}`).toEqual(absent);
      }
    }
  });
});

/** Live topics by what they are about, and who may hear them. */
const TOPICS: readonly [what: string, topic: () => Topic, rule: ReturnType<typeof shownIf>][] = [
  ['experiment', () => `experiment:${w.running.id}`, shownIf(inExperiment('experiment.view'))],
  ['job', () => `job:${w.running.jobId}`, shownIf(inExperiment('experiment.view'))],
  ['instrument', () => `instrument:${w.instrument.id}`, shownIf(atInstrument('instrument.cockpit'))],
  [
    'person of the owner',
    () => `person:${w.personas.owner.personId}`,
    (held) => (held.inExperiment.includes('owner') ? 'shown' : 'hidden'),
  ],
  ['nothing that is there', () => `experiment:${testContext().newId()}`, () => 'hidden'],
];
const listeners = PERSONA_NAMES.filter((name) => heldBy(name).signedIn);

describe(`live topics: ${TOPICS.length} topics × ${listeners.length} callers`, () => {
  it.each(listeners)('%s', async (name) => {
    const me = w.personas[name];
    const principal = await principalOfRequest(container, me.headers);
    const api = createCaller({ services: container, caller: newContext(principal), ip: '127.0.0.1' });
    const named = TOPICS.map(([what, topic, rule]) => ({ what, topic: topic(), rule }));
    const own: Topic = `person:${me.personId}`;
    const stream = await api.live.events({ topics: [...named.map(({ topic }) => topic), own] });
    const heard = new Set<string>();
    for await (const item of stream) {
      // Without a transport an item is still [id, message] of `tracked`.
      const [, message] = item as unknown as TrackedEnvelope<LiveMessage>;
      if (message.type === 'hello') {
        // One event on each topic, and last the one that everybody hears.
        await container.db.transaction(async (tx) => {
          const publishTo = (topic: Topic, last: boolean) =>
            publish(tx, testContext(), { topics: [topic], kind: 'experiment.changed', data: { last } });
          for (const { topic } of named) await publishTo(topic, false);
          await publishTo(own, true);
        });
      }
      if (message.type !== 'event') continue;
      heard.add(message.event.topic);
      if (message.event.data.last === true) break;
    }
    const found = Object.fromEntries(
      named.map(({ what, topic }) => [what, heard.has(topic) ? 'shown' : 'hidden']),
    );
    const expected = Object.fromEntries(named.map(({ what, rule }) => [what, rule(heldBy(name))]));
    expect(found).toEqual(expected);
  });
});
