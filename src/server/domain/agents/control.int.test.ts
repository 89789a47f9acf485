import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ControlDocument, ControlResponse } from '../../../shared/contracts/agent-control.ts';
import { readControl } from '../../../testing/agent-control.ts';
import { codeOf } from '../../../testing/experiment-world.ts';
import { heartbeatOf } from '../../../testing/heartbeat.ts';
import { type IngestWorld, ingestWorld, LONG_AGO } from '../../../testing/ingest-world.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { TEST_SECRET, type TestStore, testStore } from '../../../testing/test-store.ts';
import { LiveHub } from '../../events/live-hub.ts';
import { createLogger } from '../../observability/logger.ts';
import { type ControlService, createControlService } from './control.service.ts';
import { FacilityKeys } from './facility-keys.ts';

let database: TestDatabase;
let storage: TestStore;
let hub: LiveHub;
let control: ControlService;
let w: IngestWorld;
const keys = new FacilityKeys(TEST_SECRET);
/** Longer than any test may take: what ends a wait is a change, or the test fails. */
const LONG_MS = 20_000;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  hub = new LiveHub({ db: database.db, databaseUrl: database.url, log: createLogger('test', 'silent') });
  control = createControlService({ db: database.db, hub, keys });
});
afterAll(async () => {
  await hub?.close();
  await database?.drop();
  await storage?.close();
});
beforeEach(async () => {
  w = await ingestWorld(database.db, storage.store);
});

const read = (answer: ControlResponse) => readControl(answer, keys.publicKey(w.facility.id));
const now = async () => read(await control.poll(w.agentContext, { known: null, waitMs: 0 }));
const wait = (known: string, signal?: AbortSignal) =>
  control.poll(w.agentContext, { known, waitMs: LONG_MS }, signal);

/** What an agent that waits with the present document is told when `change` happens. */
async function toldOf(change: () => Promise<unknown>): Promise<ControlDocument> {
  const before = await now();
  const waiting = wait(before.revision);
  // The wait must have begun: what it asks first is answered behind it.
  await control.poll(w.agentContext, { known: null, waitMs: 0 });
  await change();
  const after = read(await waiting);
  expect(after.revision).not.toBe(before.revision);
  return after;
}

describe('the control document', () => {
  it('says what an agent must know without the server', async () => {
    const first = await w.activate(LONG_AGO, 'Former');
    const second = await w.activate('2026-11-01T08:00:00.000Z', 'Present');
    const prepared = await w.prepare('Next');
    const document = await now();
    expect(document).toMatchObject({
      format: 1,
      agentId: w.agentId,
      facility: { code: w.facility.code, timeZone: 'Europe/Berlin' },
      instrument: { id: w.instrument.id, name: 'MX' },
      uploads: { mode: 'on', held: 'send' },
      folders: ['raw', 'processed', 'work', 'metadata', 'auxiliary'],
      activations: [
        {
          experimentId: first.id,
          startedAt: '2026-01-01T00:00:00.000Z',
          endedAt: '2026-11-01T08:00:00.000Z',
        },
        { experimentId: second.id, startedAt: '2026-11-01T08:00:00.000Z', endedAt: null },
      ],
      commands: [],
    });
    expect(new Set(document.experiments.map(({ id, title, upload }) => `${id} ${title} ${upload}`))).toEqual(
      new Set([`${first.id} Former on`, `${second.id} Present on`, `${prepared.id} Next on`]),
    );
  });

  it('keeps its revision while nothing changes, and lists no period that ended before its history', async () => {
    const former = await w.activate('2026-02-01T00:00:00Z', 'Former');
    const present = await w.activate('2026-03-01T00:00:00Z', 'Present');
    const later = testContext(w.agentContext.principal);
    const at = async (iso: string) => {
      later.at(iso);
      return read(await control.poll(later, { known: null, waitMs: 0 }));
    };
    const [morning, evening] = [await at('2026-05-10T06:00:00Z'), await at('2026-05-10T20:00:00Z')];
    expect(evening.issuedAt).not.toBe(morning.issuedAt);
    expect(evening.revision).toBe(morning.revision);
    expect(morning.historyFrom).toBe('2026-03-11T00:00:00.000Z');
    expect(morning.activations.map(({ experimentId }) => experimentId)).toEqual([present.id]);
    expect((await at('2026-04-20T06:00:00Z')).activations.map(({ experimentId }) => experimentId)).toEqual([
      former.id,
      present.id,
    ]);
  });

  it('says which switches made on site are not known to a second', async () => {
    const former = await w.activate('2026-05-01T00:00:00Z', 'Former');
    const next = await w.prepare('Next');
    const made = (at: string, clockDoubtMs: number, experimentId: string) => ({
      ...{ id: randomUUID(), experimentId, at, clockOffsetMs: 0, clockDoubtMs, by: 'operator' },
    });
    const later = testContext(w.agentContext.principal);
    later.at('2026-05-10T12:00:00Z');
    const siteSwitches = [
      made('2026-05-10T08:00:00.000Z', 7_200_000, next.id),
      made('2026-05-10T11:00:00.000Z', 30, former.id),
    ];
    await w.agents.heartbeat(later, heartbeatOf({ siteSwitches }));
    const document = read(await control.poll(later, { known: null, waitMs: 0 }));
    expect(document.activations).toHaveLength(3);
    expect(document.doubtfulSwitches).toEqual([{ at: '2026-05-10T08:00:00.000Z', doubtMs: 7_200_000 }]);
  });

  it('cannot be changed without being noticed', async () => {
    const { signed } = await control.poll(w.agentContext, { known: null, waitMs: 0 });
    const changed = signed!.document.replace('"mode":"on"', '"mode":"off"');
    expect(changed).not.toBe(signed!.document);
    const { signature } = signed!;
    expect(keys.verify(w.facility.id, Buffer.from(signed!.document), signature)).toBe(true);
    expect(keys.verify(w.facility.id, Buffer.from(changed), signature)).toBe(false);
    const other = await ingestWorld(database.db, storage.store);
    expect(keys.verify(other.facility.id, Buffer.from(signed!.document), signature)).toBe(false);
  });
});

describe('an agent that waits', () => {
  it('is told at once of the switch of staff', async () => {
    const { uploads } = await toldOf(() =>
      w.agents.setUploads(w.as('staff'), { agentId: w.agentId, mode: 'off', held: 'leave' }),
    );
    expect(uploads).toMatchObject({ mode: 'off', held: 'leave' });
  });

  it('is told at once of the switch of an experiment', async () => {
    const { id } = await w.activate(LONG_AGO);
    const { experiments } = await toldOf(() =>
      w.experiments.setUpload(w.as('pi'), { experimentId: id, enabled: false, held: 'send' }),
    );
    expect(experiments).toMatchObject([{ id, upload: 'off', held: 'send' }]);
  });

  it('is told at once of another active experiment', async () => {
    const { id } = await w.prepare();
    const { activations } = await toldOf(() => w.experiments.activate(w.as('staff'), { experimentId: id }));
    expect(activations).toMatchObject([{ experimentId: id, endedAt: null }]);
  });

  it('is told at once of a command, and of nothing more once it has told the outcome', async () => {
    const ids = [randomUUID()];
    const { commands } = await toldOf(() =>
      w.agents.command(w.as('staff'), { agentId: w.agentId, kind: 'retry-poisoned', ids, source: null }),
    );
    expect(commands).toMatchObject([{ kind: 'retry-poisoned', ids, source: null }]);
    const told = await toldOf(() =>
      w.agents.heartbeat(
        w.agentContext,
        heartbeatOf({ commandOutcomes: [{ id: commands[0]!.id, outcome: 'done', message: '' }] }),
      ),
    );
    expect(told.commands).toEqual([]);
  });

  it('is told at once that its licence was revoked, and of new terms when it is restored', async () => {
    const { revision } = await now();
    const waiting = codeOf(wait(revision));
    await control.poll(w.agentContext, { known: null, waitMs: 0 });
    await w.agents.revokeLicence(w.as('staff'), { agentId: w.agentId, reason: 'test' });
    expect(await waiting).toBe('LICENCE_REVOKED');
    await w.agents.restoreLicence(w.as('staff'), { agentId: w.agentId });
    expect((await now()).revision).toBe(revision);
  });

  it('is not told of another agent’s switch, and is let go when it hangs up', async () => {
    const other = await w.agents.create(w.as('staff'), {
      instrumentId: w.instrument.id,
      kind: 'sync',
      name: 'other',
      folders: ['raw'],
      expiresAt: new Date(Date.now() + 60_000),
    });
    const { revision } = await now();
    const gone = new AbortController();
    const waiting = wait(revision, gone.signal);
    await w.agents.setUploads(w.as('staff'), { agentId: other.agentId, mode: 'off', held: 'send' });
    expect((await now()).revision).toBe(revision);
    gone.abort();
    expect(await waiting).toMatchObject({ signed: null });
  });

  it('holds no database connection: more agents wait than there are connections', async () => {
    const { revision } = await now();
    const many = Array.from({ length: 20 }, () => wait(revision));
    await w.agents.setUploads(w.as('staff'), { agentId: w.agentId, mode: 'paused', held: 'send' });
    const modes = (await Promise.all(many)).map((answer) => read(answer).uploads.mode);
    expect(modes).toEqual(Array(20).fill('paused'));
  });

  it('is told although another transaction, which goes on, holds back every event', async () => {
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    let begun = () => {};
    const holding = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const older = database.db.transaction(async (tx) => {
      // Events of transactions that begin after this one are told when it has ended.
      await tx.execute(sql`select pg_current_xact_id()`);
      begun();
      await ended;
    });
    await holding;
    try {
      const { uploads } = await toldOf(() =>
        w.agents.setUploads(w.as('staff'), { agentId: w.agentId, mode: 'paused', held: 'send' }),
      );
      expect(uploads.mode).toBe('paused');
    } finally {
      end();
      await older;
    }
  });

  it('hears nothing new after the time it asked for', async () => {
    const { revision } = await now();
    expect(await control.poll(w.agentContext, { known: revision, waitMs: 50 })).toMatchObject({
      signed: null,
    });
    expect(await codeOf(control.poll(w.as('staff'), { known: null, waitMs: 0 }))).toBe('NOT_ALLOWED');
  });
});
