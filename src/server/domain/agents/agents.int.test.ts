import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { heartbeatOf } from '../../../testing/heartbeat.ts';
import { type IngestWorld, LONG_AGO } from '../../../testing/ingest-world.ts';
import { ingestWorlds } from '../../../testing/ingest-worlds.ts';
import { outbox } from '../../db/schema/index.ts';

const world = ingestWorlds();
let w: IngestWorld;

beforeEach(async () => {
  w = await world();
});

describe('agents', () => {
  it('tell their state and reports; a repeated report is stored once and told once', async () => {
    const { code } = await w.activate(LONG_AGO);
    const report = {
      id: randomUUID(),
      at: new Date().toISOString(),
      level: 'warn' as const,
      code: 'image-before-start',
      message: 'x',
      detector: 'eiger',
      seriesKey: null,
      count: 3,
    };
    for (let n = 0; n < 2; n++) {
      const answer = await w.agents.heartbeat(w.agentContext, heartbeatOf({ reports: [report] }));
      expect(answer).toMatchObject({
        activeExperiment: { code, since: '2026-01-01T00:00:00.000Z' },
        reportsStored: [report.id],
        instrument: { id: w.instrument.id },
      });
    }
    const told = await w.db
      .select()
      .from(outbox)
      .where(and(eq(outbox.topic, `instrument:${w.instrument.id}`), eq(outbox.kind, 'agent.report')));
    expect(told.map((event) => event.data)).toEqual([
      { agentId: w.agentId, code: report.code, level: 'warn' },
    ]);
  });

  it('are shut out by any other token, and for good when removed', async () => {
    await expect(w.agents.authenticate('bdk_agent_nonsense')).rejects.toMatchObject({
      code: 'NOT_SIGNED_IN',
    });
    const one = { agentId: w.agentId };
    await expect(w.agents.remove(w.as('stranger'), one)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await w.agents.remove(w.as('staff'), one);
    await expect(w.agents.authenticate(w.token)).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' });
    await expect(w.agents.remove(w.as('staff'), one)).rejects.toMatchObject({ code: 'ALREADY_DONE' });
    expect(await w.agents.list(w.as('staff'), { instrumentId: w.instrument.id })).toEqual([]);
  });
});
