import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CommandOutcome } from '../../../shared/contracts/agent-control.ts';
import { codeOf } from '../../../testing/experiment-world.ts';
import { heartbeatOf } from '../../../testing/heartbeat.ts';
import { type IngestWorld, LONG_AGO } from '../../../testing/ingest-world.ts';
import { ingestWorlds } from '../../../testing/ingest-worlds.ts';
import { audit, outbox } from '../../db/schema/index.ts';

const world = ingestWorlds();
let w: IngestWorld;

beforeEach(async () => {
  w = await world();
  await w.db.delete(outbox);
});

const topicsOf = async (kind: 'agent.changed' | 'experiment.changed') =>
  (await w.db.select().from(outbox).where(eq(outbox.kind, kind))).map((event) => event.topic);
const auditOf = (entityId: string, action: string) =>
  w.db
    .select({ principalId: audit.principalId, detail: audit.detail })
    .from(audit)
    .where(and(eq(audit.entityId, entityId), eq(audit.action, action)));

describe('the upload switch of an agent', () => {
  const set = (mode: 'on' | 'paused' | 'off', held: 'send' | 'leave' = 'send') =>
    w.agents.setUploads(w.as('staff'), { agentId: w.agentId, mode, held });

  it('is shown with who and since when, recorded and told', async () => {
    const { since } = await set('off', 'leave');
    const [agent] = await w.agents.list(w.as('staff'), { instrumentId: w.instrument.id });
    expect(agent!.uploads).toEqual({ mode: 'off', held: 'leave', since, byName: 'staff' });
    expect(await auditOf(w.agentId, 'agent.setUploads')).toEqual([
      { principalId: w.people.staff, detail: { mode: 'off', held: 'leave', before: 'on' } },
    ]);
    expect(await topicsOf('agent.changed')).toEqual([`instrument:${w.instrument.id}`]);
  });

  it('changes nothing when it stands so already', async () => {
    const { since } = await set('paused');
    expect(await set('paused')).toEqual({ mode: 'paused', held: 'send', since });
    expect(await auditOf(w.agentId, 'agent.setUploads')).toHaveLength(1);
  });
});

describe('the upload switch of an experiment', () => {
  it('is for its Owner and Managers, shown with the experiment, recorded and told to both topics', async () => {
    const { id } = await w.activate(LONG_AGO);
    await w.db.delete(outbox);
    const off = { experimentId: id, enabled: false, held: 'leave' } as const;
    expect(await codeOf(w.experiments.setUpload(w.as('stranger'), off))).toBe('NOT_FOUND');
    const { since } = await w.experiments.setUpload(w.as('pi'), off);
    expect((await w.experiments.get(w.as('pi'), { experimentId: id })).upload).toEqual({
      enabled: false,
      held: 'leave',
      since,
    });
    expect(await auditOf(id, 'experiment.setUpload')).toEqual([
      { principalId: w.people.pi, detail: { enabled: false, held: 'leave' } },
    ]);
    expect((await topicsOf('experiment.changed')).sort()).toEqual([
      `experiment:${id}`,
      `instrument:${w.instrument.id}`,
    ]);
    expect(await w.experiments.setUpload(w.as('pi'), off)).toMatchObject({ since });
    expect(await auditOf(id, 'experiment.setUpload')).toHaveLength(1);
  });
});

describe('commands', () => {
  const command = () =>
    w.agents.command(w.as('staff'), { agentId: w.agentId, kind: 'rescan', ids: [], source: 'landing' });
  const tell = (outcome: CommandOutcome) =>
    w.agents.heartbeat(w.agentContext, heartbeatOf({ commandOutcomes: [outcome] }));

  it('are shown until and after their outcome, which counts once', async () => {
    const { commandId } = await command();
    const shown = () => w.agents.commands(w.as('staff'), { agentId: w.agentId });
    expect(await shown()).toMatchObject([
      { id: commandId, kind: 'rescan', source: 'landing', createdByName: 'staff', outcome: null },
    ]);
    const done = { id: commandId, outcome: 'done', message: '12 files' } as const;
    expect((await tell(done)).commandOutcomesStored).toEqual([commandId]);
    const [first] = await shown();
    await tell({ ...done, outcome: 'failed', message: 'told again' });
    expect(await shown()).toEqual([first]);
    expect(first).toMatchObject({ outcome: 'done', message: '12 files' });
  });

  it('of another agent, or of nobody, are not settled by telling', async () => {
    const { commandId } = await command();
    const other = await world();
    for (const id of [commandId, randomUUID()]) {
      const answer = await other.agents.heartbeat(
        other.agentContext,
        heartbeatOf({ commandOutcomes: [{ id, outcome: 'done', message: '' }] }),
      );
      // Not to be told again all the same.
      expect(answer.commandOutcomesStored).toEqual([id]);
    }
    expect(await w.agents.commands(w.as('staff'), { agentId: w.agentId })).toMatchObject([{ outcome: null }]);
  });

  it('wait for at most a hundred others', async () => {
    for (let n = 0; n < 100; n++) await command();
    expect(await codeOf(command())).toBe('CONFLICT');
  });
});
