import { expect, it } from 'vitest';
import { onServerClock } from './agent-times.ts';

const AHEAD = { offsetMs: -3_600_000, roundTripMs: 4 };
const OWN = '2026-05-01T11:00:00.000Z';
const SERVERS = '2026-05-01T10:00:00.000Z';

const told = (at: string) => ({
  startedAt: at,
  lastError: { at, code: 'store-full', message: 'full' },
  detectors: [
    {
      ...{ name: 'eiger', protocol: 'stream-v2', mode: 'connect' as const, endpoints: [] },
      ...{ state: 'connected' as const, messages: 1, bytes: 1, frames: 1, problems: {}, series: null },
      ...{ lastMessageAt: at, lastError: { at, code: 'malformed-message', message: 'not CBOR' } },
    },
  ],
  uploads: { mode: 'paused' as const, by: 'site' as const, since: at },
  folders: [
    {
      ...{ name: 'raw', path: '/data', watch: 'events' as const, fault: null, states: {}, waitingBytes: 0 },
      ...{ lastEventAt: at, lastScan: { at, tookMs: 3, entries: 1 } },
    },
  ],
  poisoned: [{ id: 'p', source: 'raw', path: 'x', reason: 'no', since: at, tries: 1, sizeBytes: null }],
});

it('times of an agent whose clock is an hour ahead stand on the server’s clock', () => {
  expect(onServerClock({ clock: AHEAD, ...told(OWN) })).toEqual({ clock: AHEAD, ...told(SERVERS) });
});

it('what the server switched has its time from there; nothing is moved before the clock is measured', () => {
  const uploads = { mode: 'off' as const, by: 'server' as const, since: OWN };
  expect(onServerClock({ clock: AHEAD, ...told(OWN), uploads }).uploads).toEqual(uploads);
  const unmeasured = { clock: { offsetMs: null, roundTripMs: null }, ...told(OWN) };
  expect(onServerClock(unmeasured)).toEqual(unmeasured);
});

it('what an agent of an older version does not tell is left out', () => {
  const { startedAt, lastError, detectors } = told(OWN);
  const old = onServerClock({ clock: AHEAD, startedAt, lastError, detectors });
  expect(Object.keys(old).sort()).toEqual(['clock', 'detectors', 'lastError', 'startedAt']);
});
