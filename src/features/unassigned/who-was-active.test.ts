import { describe, expect, it } from 'vitest';
import { whoWasActive } from './who-was-active.ts';

const at = (clock: string) => new Date(`2026-11-21T${clock}:00Z`);
const period = (id: string, from: string, to: string | null) => ({
  experiment: { id, code: id, title: id },
  startedAt: at(from),
  endedAt: to === null ? null : at(to),
});

describe('who was active', () => {
  const periods = [period('c', '12:10', null), period('b', '09:00', '12:00'), period('a', '06:00', '09:00')];

  it('names the one of that time first', () => {
    expect(whoWasActive(periods, at('10:00'))[0]).toEqual({ experimentId: 'b', when: 'then', distanceMs: 0 });
    expect(whoWasActive(periods, at('13:00'))[0]).toMatchObject({ experimentId: 'c', when: 'then' });
  });

  it('names the neighbours, the nearer first, when nothing was active', () => {
    expect(whoWasActive(periods, at('12:02'))).toEqual([
      { experimentId: 'b', when: 'before', distanceMs: 120_000 },
      { experimentId: 'c', when: 'after', distanceMs: 480_000 },
    ]);
  });

  it('begins a period at its start and not before its end', () => {
    expect(whoWasActive(periods, at('09:00')).map(({ experimentId, when }) => [experimentId, when])).toEqual([
      ['b', 'then'],
      ['a', 'before'],
      ['c', 'after'],
    ]);
    expect(whoWasActive([], at('09:00'))).toEqual([]);
  });
});
