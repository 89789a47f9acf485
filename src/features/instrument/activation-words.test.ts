import { describe, expect, it } from 'vitest';
import { siteDoubt, spanOf, switchedBy } from './activation-words.ts';

const startedAt = new Date('2026-11-21T09:00:00Z');
const site = { agentName: 'HUB', by: 'mxuser', clockDoubtMs: 12, toldAt: new Date('2026-11-21T09:03:00Z') };

describe('activations', () => {
  it('say who switched, and where', () => {
    expect(switchedBy({ site: null, startedByName: 'Ann' })).toBe('by Ann');
    expect(switchedBy({ site: null, startedByName: null })).toBe('by a set-up script');
    expect(switchedBy({ site, startedByName: null })).toBe('switched on site by mxuser at HUB');
  });

  it('tell how well the moment of a switch on site is known', () => {
    expect(siteDoubt({ site: null, startedAt })).toBeNull();
    expect(siteDoubt({ site, startedAt })).toBe(
      'known within ± 12\u00a0ms; the server learnt of it 3\u00a0min later',
    );
  });

  it('are drawn within the day, the open one up to now', () => {
    const [from, to] = [new Date('2026-11-21T00:00:00Z'), new Date('2026-11-22T00:00:00Z')];
    const now = new Date('2026-11-21T12:00:00Z');
    expect(spanOf({ startedAt, endedAt: null }, from, to, now)).toEqual({ left: 37.5, width: 12.5 });
    const yesterday = {
      startedAt: new Date('2026-11-20T12:00:00Z'),
      endedAt: new Date('2026-11-21T06:00:00Z'),
    };
    expect(spanOf(yesterday, from, to, now)).toEqual({ left: 0, width: 25 });
    expect(spanOf({ ...yesterday, endedAt: new Date('2026-11-20T13:00:00Z') }, from, to, now)).toBeNull();
  });

  it('reach to the end of a day of 25 hours', () => {
    const [from, to] = [new Date('2026-10-24T22:00:00Z'), new Date('2026-10-25T23:00:00Z')];
    const lastHour = { startedAt: new Date('2026-10-25T22:00:00Z'), endedAt: null };
    expect(spanOf(lastHour, from, to, to)).toEqual({ left: 96, width: 4 });
  });
});
