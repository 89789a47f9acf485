import { glob } from 'node:fs/promises';
import type { TrackedEnvelope } from '@trpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { principalOfRequest } from '#src/server/auth/current-principal.ts';
import type { Container } from '#src/server/container.ts';
import type { Database } from '#src/server/db/client.ts';
import type { LiveMessage } from '#src/server/domain/live/live.service.ts';
import { newContext } from '#src/server/domain/new-context.ts';
import type { LiveHub } from '#src/server/events/live-hub.ts';
import { publish } from '#src/server/events/outbox.repository.ts';
import type { Topic } from '#src/shared/contracts/live-events.ts';
import { allows } from '#src/shared/permissions/permission-table.ts';
import { eventsOf } from '#src/testing/live-items.ts';
import { testContext } from '#src/testing/test-context.ts';
import { toAppError } from './error-mapping.ts';
import { appRouter, createCaller } from './root.ts';
import type { AccessCase } from './testing/access-case.ts';
import { ACCESS_CASES } from './testing/access-cases.ts';
import { seesTemplate } from './testing/access-cases-templates.ts';
import { type AccessInstallation, accessInstallation } from './testing/access-installation.ts';
import { heldBy, PERSONA_NAMES, type PersonaName } from './testing/access-personas.ts';
import { atInstrument, inExperiment, type Outcome, shownIf } from './testing/access-rules.ts';
import type { AccessWorld, Persona } from './testing/access-world.ts';
import { undone } from './testing/undone.ts';

let installation: AccessInstallation;
let container: Container;
let hub: LiveHub;
let w: AccessWorld;
/** For what is undone at the end. */
let undoable: Database;

beforeAll(async () => {
  installation = await accessInstallation('access-matrix');
  ({ container, hub, w, undoable } = installation);
});
afterAll(() => installation?.close());

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

function endingOf(path: string, row: AccessCase, me: Persona, input = row.input(w, me)): Promise<Ending> {
  return undone(undoable, container, hub, async (services) => {
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
  const { inExperiment: held, inProject, atInstrument: heldThere } = heldBy(name);
  const { running, next, project, emptyProject, tray } = w;
  return new Set([
    ...(allows('experiment.view', held)
      ? [running.id, running.datasetId, running.fileId, running.jobId, next.id]
      : []),
    ...(allows('experiment.view', inProject) ? [project.id, emptyProject.id] : []),
    ...(allows('instrument.unassigned', heldThere) ? [tray.datasetId, tray.fileId] : []),
    ...(seesTemplate(heldBy(name)) === 'done' ? [w.template.slug] : []),
  ]);
}

const isHiddenFrom = (row: AccessCase, name: PersonaName) => row.rule(heldBy(name)) === 'NOT_FOUND';
const HIDING = CASES.filter(([, cases]) =>
  cases.some((row) => PERSONA_NAMES.some((name) => isHiddenFrom(row, name))),
);

describe('access matrix', () => {
  it('has cases for every procedure of the router, and for no other', () => {
    const procedures = Object.keys(
      (appRouter as unknown as { _def: { procedures: object } })._def.procedures,
    );
    expect(procedures.length).toBeGreaterThan(0);
    expect(CASES.map(([path]) => path).sort()).toEqual(procedures.sort());
  });

  it('is told of every door: beside these procedures and the agent interface only sign-in, health, manifests, archives, reports among files, logs and shown results of jobs, the audit trail as CSV and the API of tokens', async () => {
    const doors: string[] = [];
    for await (const file of glob('**/route.ts', { cwd: 'src/app' })) doors.push(file);
    const others = doors.filter((file) => !file.startsWith('api/agent/v1/')).sort();
    expect(others).toEqual([
      // Its callers: src/app/api/audit/audit-export.int.test.ts
      'api/audit/route.ts',
      'api/auth/[...nextauth]/route.ts',
      // Their callers, those who come with what was not made for them among them: src/app/api/auth/provider/provider-sign-in.int.test.ts
      'api/auth/provider/[provider]/callback/route.ts',
      'api/auth/provider/[provider]/route.ts',
      'api/auth/provider/[provider]/sign-out/route.ts',
      'api/auth/provider/join/route.ts',
      // Its callers: src/app/api/files/file-routes.int.test.ts
      'api/experiments/[code]/archive/route.ts',
      // Its callers: src/app/api/experiments/manifest.int.test.ts
      'api/experiments/[code]/manifest/route.ts',
      // Its callers: src/app/api/files/file-routes.int.test.ts
      'api/files/[fileId]/shown/route.ts',
      'api/health/route.ts',
      // Their callers: src/app/api/jobs/job-routes.int.test.ts
      'api/jobs/[jobId]/log/route.ts',
      'api/jobs/[jobId]/result/route.ts',
      'api/trpc/[trpc]/route.ts',
      // Its callers: src/server/api/rest/rest-matrix.int.test.ts
      'api/v1/[...path]/route.ts',
      // For everybody: what there is to ask.
      'api/v1/docs/route.ts',
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

describe('live topics', () => {
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
      const [id, message] = item as unknown as TrackedEnvelope<LiveMessage>;
      if (message.type === 'hello') {
        // One event on each topic, and last the one that everybody hears.
        await container.db.transaction(async (tx) => {
          const publishTo = (topic: Topic, last: boolean) =>
            publish(tx, testContext(), { topics: [topic], kind: 'experiment.changed', data: { last } });
          for (const { topic } of named) await publishTo(topic, false);
          await publishTo(own, true);
        });
      }
      const events = eventsOf({ id, message });
      for (const event of events) heard.add(event.topic);
      if (events.some(({ data }) => data.last === true)) break;
    }
    const found = Object.fromEntries(
      named.map(({ what, topic }) => [what, heard.has(topic) ? 'shown' : 'hidden']),
    );
    const expected = Object.fromEntries(named.map(({ what, rule }) => [what, rule(heldBy(name))]));
    expect(found).toEqual(expected);
  });
});

it('is whole', () => {
  const ways = CASES.reduce((sum, [, cases]) => sum + cases.length, 0);
  const cells = ways * PERSONA_NAMES.length + TOPICS.length * listeners.length;
  process.stdout.write(
    `access matrix of procedures: ${CASES.length} procedures, ${ways} cases × ${PERSONA_NAMES.length} callers, ${TOPICS.length} live topics × ${listeners.length} callers = ${cells} cells\n`,
  );
  expect(cells).toBeGreaterThan(4000);
});
