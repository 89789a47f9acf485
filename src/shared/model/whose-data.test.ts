import { describe, expect, it } from 'vitest';
import { type FileTimes, onlyExperimentBetween, switchBetween, whoseData, whoseFile } from './whose-data.ts';

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

describe('whose data, with a clock that is not known well', () => {
  it('grows the time around a switch in which nothing is decided', () => {
    expect(whoseData(at('10:00:20'), NOW, HISTORY, 30_000)).toEqual({
      unassignedReason:
        'it began within 30 seconds of a change of the active experiment, and the clock of the agent is not known better',
    });
    expect(whoseData(at('09:30:00'), NOW, HISTORY, 30_000)).toEqual({ experimentId: 'A' });
  });
});

describe('whose data, around a switch whose time is not known well', () => {
  const HOUR_MS = 3_600_000;
  const NEAR = {
    unassignedReason:
      'it began within 20 minutes of a switch made on site (2026-05-01T10:00:00.000Z), and the clocks are not known better',
  };
  const switches = [{ at: at('10:00:00'), doubtMs: HOUR_MS / 3 }];

  it.each([
    ['09:39:00', { experimentId: 'A' }],
    ['09:41:00', NEAR],
    ['10:19:00', NEAR],
    ['10:21:00', { experimentId: 'B' }],
  ])('%s', (time, expected) => {
    expect(whoseData(at(time), NOW, HISTORY, 0, switches)).toEqual(expected);
  });

  it('nothing is decided where both doubts together reach, also where it changed nothing or nobody was active', () => {
    expect(whoseData(at('10:25:00'), NOW, HISTORY, 240_000, switches)).toEqual({ experimentId: 'B' });
    expect(whoseData(at('10:23:00'), NOW, HISTORY, 240_000, switches)).toHaveProperty('unassignedReason');
    const within = (time: string) => [{ at: at(time), doubtMs: 20 * 60_000 }];
    expect(whoseData(at('09:30:00'), NOW, HISTORY, 0, within('09:20:00'))).toHaveProperty('unassignedReason');
    expect(whoseData(at('10:45:00'), NOW, HISTORY, 0, within('10:50:00'))).toEqual({
      unassignedReason: expect.stringContaining('a switch made on site (2026-05-01T10:50:00.000Z)'),
    });
  });

  it('the history alone decides where clocks are known within the margin', () => {
    const known = [{ at: at('09:30:00'), doubtMs: 900 }];
    expect(whoseData(at('09:30:00'), NOW, HISTORY, 50, known)).toEqual({ experimentId: 'A' });
    expect(whoseData(at('09:30:00'), NOW, HISTORY, 200, known)).toHaveProperty('unassignedReason');
  });

  it('an experiment was not active without a pause where the switch may have been in between', () => {
    const between = (from: string, to: string) => onlyExperimentBetween(HISTORY, at(from), at(to), switches);
    expect([between('10:10:00', '10:25:00'), between('10:21:00', '10:25:00')]).toEqual([null, 'B']);
  });
});

describe('the first switch between two moments', () => {
  it.each([
    ['09:10:00', '09:50:00', null],
    ['09:10:00', '10:00:00', '10:00:00'],
    ['10:00:00', '10:20:00', null],
    ['09:10:00', '12:00:00', '10:00:00'],
    ['10:10:00', '10:45:00', '10:30:00'],
    ['10:45:00', '10:50:00', null],
    ['08:00:00', '09:10:00', '09:00:00'],
    ['10:20:00', '09:50:00', null],
  ])('%s to %s: %s', (from, to, expected) => {
    expect(switchBetween(HISTORY, at(from), at(to))).toEqual(expected && at(expected));
  });

  it('may be one whose time is not known well', () => {
    const doubtful = [{ at: at('09:30:00'), doubtMs: 600_000 }];
    expect(switchBetween(HISTORY, at('09:25:00'), at('09:28:00'), doubtful)).toEqual(at('09:28:00'));
    expect(switchBetween(HISTORY, at('09:05:00'), at('09:15:00'), doubtful)).toBeNull();
  });
});

describe('whose file', () => {
  const times = (changes: Partial<FileTimes>): FileTimes => ({
    seenAt: at('10:10:00'),
    watchedSince: at('08:00:00'),
    appearedAt: at('10:10:00'),
    modifiedAt: at('10:10:00'),
    ...changes,
  });
  const whose = (changes: Partial<FileTimes>, options = {}) =>
    whoseFile(times(changes), NOW, HISTORY, { doubtMs: 0, knownFrom: at('08:00:00'), ...options });

  it('is decided by its first sighting', () => {
    expect(whose({})).toEqual({ experimentId: 'B' });
    expect(whose({ appearedAt: null })).toEqual({ experimentId: 'B' });
  });

  it('is decided by its birth when the agent was away when it came', () => {
    const found = { seenAt: at('11:30:00'), watchedSince: at('11:29:59'), modifiedAt: at('09:30:00') };
    expect(whose({ ...found, appearedAt: at('09:30:00') })).toEqual({ experimentId: 'A' });
    expect(whose({ ...found, appearedAt: null })).toEqual({
      unassignedReason: 'it lay there before the agent watched the folder, and nothing says since when',
    });
  });

  it('of last week, copied back today, is nobody’s', () => {
    expect(whose({ modifiedAt: new Date('2026-04-24T10:00:00Z') })).toEqual({
      unassignedReason:
        'it was last written on 2026-04-24T10:00:00.000Z, before the experiment that was active when it came: a copy of older data',
    });
    // Written in the experiment before, brought after the switch: neither is sure.
    expect(whose({ modifiedAt: at('09:59:00') })).toEqual({
      unassignedReason: expect.stringContaining('a copy of older data'),
    });
    expect(whose({ modifiedAt: at('10:00:01') })).toEqual({ experimentId: 'B' });
  });

  it('from before the agent knew the server is nobody’s', () => {
    expect(whose({}, { knownFrom: at('10:20:00') })).toEqual({
      unassignedReason:
        "it appeared (2026-05-01T10:10:00.000Z) before the agent knew this server's clock and experiments",
    });
  });

  it('near a switch whose time is not known well is nobody’s', () => {
    const switches = [{ at: at('10:00:00'), doubtMs: 900_000 }];
    expect(whose({}, { switches })).toHaveProperty('unassignedReason');
    expect(whose({ seenAt: at('10:20:00'), appearedAt: at('10:20:00') }, { switches })).toEqual({
      experimentId: 'B',
    });
  });

  it('near a switch is nobody’s', () => {
    expect(whose({ seenAt: at('10:00:00.500'), appearedAt: at('10:00:00.500') })).toEqual(SWITCH);
  });
});
