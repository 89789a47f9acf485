import { beforeEach, describe, expect, it } from 'vitest';
import { destinationFor } from '../../../shared/model/destination.ts';
import { codeOf } from '../../../testing/experiment-world.ts';
import type { IngestWorld } from '../../../testing/ingest-world.ts';
import { ingestWorlds } from '../../../testing/ingest-worlds.ts';
import type { DestinationInput } from './destinations.service.ts';

const world = ingestWorlds();
let w: IngestWorld;

beforeEach(async () => {
  w = await world();
});

const input = (changes: Partial<DestinationInput> = {}): DestinationInput => ({
  agentId: w.agentId,
  source: 'eiger',
  kind: 'stream',
  folder: 'raw',
  template: '{date}/{sample}/{prefix}',
  ...changes,
});
const setAt = (iso: string, changes: Partial<DestinationInput> = {}) => {
  const staff = w.as('staff');
  staff.at(iso);
  return w.agents.setDestination(staff, input(changes));
};

describe('destinations', () => {
  it('are previewed as they will be, with the date at the facility', async () => {
    const staff = w.as('staff');
    staff.at('2026-11-21T23:30:00Z');
    expect(await w.agents.previewDestination(staff, input())).toEqual({
      faults: [],
      path: 'raw/2026-11-22/lyso-1/lyso/run_1',
      example: 'series lyso/run_1, sample lyso-1, now',
    });
    const landing = {
      source: 'landing',
      kind: 'folder',
      folder: 'work',
      template: '{source}/{path}',
    } as const;
    expect((await w.agents.previewDestination(staff, input(landing))).path).toBe(
      'work/landing/lyso/run_1_0001.cbf',
    );
    const broken = await w.agents.previewDestination(staff, input({ template: '../{prefix}/{foo}' }));
    expect(broken).toMatchObject({ path: null });
    expect(broken.faults.join(' ')).toMatch(/\{foo\}.*stays inside/);
  });

  it('count for what begins after they were set; the history keeps them all', async () => {
    await setAt('2026-05-01T08:00:00Z');
    await setAt('2026-05-01T09:00:00Z', { folder: 'work', template: '{series}' });
    await setAt('2026-05-01T10:00:00Z', { source: 'landing', kind: 'folder', template: '{date}/{path}' });
    const shown = await w.agents.destinations(w.as('staff'), { agentId: w.agentId });
    const at = (time: string) =>
      destinationFor(shown.history, { name: 'eiger', kind: 'stream' }, new Date(`2026-05-01T${time}Z`));
    expect(at('07:59:59')).toEqual({ folder: 'raw', template: '{prefix}' });
    expect(at('08:30:00')).toEqual({ folder: 'raw', template: '{date}/{sample}/{prefix}' });
    expect(at('12:00:00')).toEqual({ folder: 'work', template: '{series}' });
    expect(
      shown.history.map(({ source, template, createdByName }) => [source, template, createdByName]),
    ).toEqual([
      ['landing', '{date}/{path}', 'staff'],
      ['eiger', '{series}', 'staff'],
      ['eiger', '{date}/{sample}/{prefix}', 'staff'],
    ]);
    const [agent] = await w.agents.list(w.as('staff'), { instrumentId: w.instrument.id });
    expect(agent!.destinations.map(({ source, template }) => [source, template])).toEqual([
      ['landing', '{date}/{path}'],
      ['eiger', '{series}'],
    ]);
  });

  it('are refused with the faults of the template, or when the licence does not permit the folder', async () => {
    await expect(setAt('2026-05-01T08:00:00Z', { template: '/{prefix' })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/not closed.*begins with a slash/),
    });
    const { agentId } = await w.agents.create(w.as('staff'), {
      instrumentId: w.instrument.id,
      kind: 'sync',
      name: 'narrow',
      folders: ['work'],
      expiresAt: new Date(Date.now() + 60_000),
    });
    await expect(setAt('2026-05-01T08:00:00Z', { agentId })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/licence of narrow permits work and not raw/),
    });
    expect(await codeOf(setAt('2026-05-01T08:00:00Z', { agentId, folder: 'work' }))).toBe('done');
    expect(await codeOf(setAt('2026-05-01T08:00:00Z', { agentId, folder: 'work' }))).toBe('CONFLICT');
  });
});
