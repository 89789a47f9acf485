import { describe, expect, it } from 'vitest';
import { whoseData } from './whose-data.ts';

const NOW = new Date('2026-05-01T12:00:00Z');
const at = (time: string) => new Date(`2026-05-01T${time}Z`);
const period = (experimentId: string, from: string, to: string | null) => ({
  experimentId,
  startedAt: at(from),
  endedAt: to === null ? null : at(to),
});
/** A until 10:00:00, B from 10:00:00 to 10:30:00, nobody until 11:00:00, C since. */
const HISTORY = [
  period('A', '09:00:00', '10:00:00'),
  period('B', '10:00:00', '10:30:00'),
  period('C', '11:00:00', null),
];
const SWITCH = { unassignedReason: 'it began within one second of a change of the active experiment' };
const NOBODY = { unassignedReason: 'no experiment was active when it began' };

describe('whose data', () => {
  it.each([
    ['09:30:00', { experimentId: 'A' }],
    ['09:59:58.900', { experimentId: 'A' }],
    ['09:59:59.500', SWITCH],
    ['10:00:00', SWITCH],
    ['10:00:00.900', SWITCH],
    ['10:00:01.100', { experimentId: 'B' }],
    ['10:30:00.500', SWITCH],
    ['10:45:00', NOBODY],
    ['10:59:59.200', SWITCH],
    ['11:00:02', { experimentId: 'C' }],
    ['12:00:30', { experimentId: 'C' }],
    ['08:00:00', NOBODY],
  ])('%s', (time, expected) => {
    expect(whoseData(at(time), NOW, HISTORY)).toEqual(expected);
  });

  it('does not believe a clock from the future', () => {
    expect(whoseData(at('12:05:00'), NOW, HISTORY)).toEqual({
      unassignedReason:
        'its start (2026-05-01T12:05:00.000Z) lies in the future: the clock of the agent is wrong',
    });
  });

  it('has no doubt where the same experiment was activated again at once, nor about empty periods', () => {
    const again = [period('A', '09:00:00', '10:00:00'), period('A', '10:00:00', null)];
    expect(whoseData(at('10:00:00.300'), NOW, again)).toEqual({ experimentId: 'A' });
    const empty = [period('A', '09:00:00', null), period('B', '10:00:00', '10:00:00')];
    expect(whoseData(at('10:00:00.300'), NOW, empty)).toEqual({ experimentId: 'A' });
    const pause = [period('A', '09:00:00', '10:00:00'), period('A', '10:00:00.500', null)];
    expect(whoseData(at('10:00:00.300'), NOW, pause)).toEqual(SWITCH);
  });
});
