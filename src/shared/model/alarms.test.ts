import { describe, expect, it } from 'vitest';
import {
  agentWith,
  ago,
  detector,
  facts,
  folder,
  inDays,
  LICENCE,
  machine,
  poisonedSince,
  SERIES,
  STATUS,
  toldBy,
} from '#src/testing/alarm-facts.ts';
import type { AlarmAgent, AlarmFacts } from './alarm.ts';
import { alarmsOf } from './alarms.ts';
import { storageLevel } from './storage-level.ts';

const alarmsWith = (...agents: AlarmAgent[]) => alarmsOf(facts({ agents }));

describe('alarms', () => {
  it('are none while everything is well', () => {
    const well = toldBy({
      machine: machine(50e9, 50e9),
      // Short, but what comes is uploaded as it comes.
      bufferLastsS: 60,
      folders: [folder({}), folder({ watch: 'polling' })],
    });
    const detectors = [
      detector({}),
      detector({ lastMessageAt: null }),
      detector({ lastMessageAt: ago(9999).toISOString() }),
      detector({ state: 'receiving', series: SERIES }),
    ];
    expect(alarmsWith({ ...well, detectors })).toEqual([]);
    expect(alarmsOf(facts({ active: null, agents: [] }))).toEqual([]);
  });

  it('speak of a SYNC as of what it is: without a buffer, and with its own command', () => {
    const sync = agentWith({ kind: 'sync', name: 'SYNC' });
    const status = { ...STATUS, machine: machine(0.01, 0.01), buffer: { usedBytes: 0, maxBytes: 0 } };
    expect(alarmsWith({ ...sync, status }).map(({ sentence }) => sentence)).toEqual([
      expect.stringContaining('the state folder of SYNC'),
    ]);
    expect(alarmsWith({ ...sync, lastSeenAt: ago(11) })[0]!.todo).toBe(
      'See whether it runs and reaches the server: beamdeck-sync status on its machine. Files stay where they are.',
    );
    const onSite = { mode: 'paused', by: 'site', since: ago(20).toISOString() } as const;
    expect(alarmsWith({ ...sync, status: { ...STATUS, uploads: onSite } })[0]!.todo).toContain(
      'beamdeck-sync resume',
    );
  });

  it.each<[string, AlarmAgent, object]>([
    ['silence', agentWith({ lastSeenAt: ago(11) }), { level: 'error', code: 'agent-silent', since: ago(11) }],
    [
      'silence since the enrolment',
      agentWith({ lastSeenAt: null, status: null, licence: { ...LICENCE, enrolledAt: ago(600) } }),
      { code: 'agent-silent', sentence: 'HUB was enrolled 10 min ago and was not heard since.' },
    ],
    ['no licence', agentWith({ licence: null }), { level: 'error', code: 'licence-missing' }],
    [
      'a licence near its end',
      agentWith({ licence: { ...LICENCE, state: 'expires-soon', expiresAt: inDays(2.5) } }),
      {
        level: 'warn',
        code: 'licence-expires',
        sentence: 'The licence of HUB expires on 2026-11-24, in 3 days.',
      },
    ],
    [
      'an expired licence',
      agentWith({ licence: { ...LICENCE, state: 'expired', expiresAt: inDays(-1) } }),
      { level: 'error', code: 'licence-expired', since: inDays(-1) },
    ],
    [
      'a revoked licence',
      agentWith({ licence: { ...LICENCE, state: 'revoked', revokedAt: ago(60), revokedReason: 'stolen' } }),
      {
        level: 'error',
        code: 'licence-revoked',
        since: ago(60),
        sentence: expect.stringContaining('(stolen)'),
      },
    ],
    [
      'uploads paused by staff',
      agentWith({ uploads: { mode: 'paused', since: ago(30) } }),
      {
        level: 'warn',
        code: 'uploads-not-on',
        since: ago(30),
        sentence: expect.stringContaining('paused by staff'),
      },
    ],
    [
      'uploads paused on site',
      toldBy({ uploads: { mode: 'paused', by: 'site', since: ago(20).toISOString() } }),
      { code: 'uploads-not-on', since: ago(20), todo: expect.stringContaining('beamdeck-hub resume') },
    ],
    [
      'a detector that acquires unheard',
      agentWith({
        detectors: [detector({ state: 'receiving', series: SERIES, lastMessageAt: ago(80).toISOString() })],
      }),
      {
        level: 'warn',
        code: 'detector-silent',
        source: 'eiger',
        since: ago(80),
        sentence: 'A series of eiger is open, but nothing was heard of it for 80 s: 7 of 100 frames came.',
      },
    ],
    [
      'detectors none of which is connected',
      agentWith({
        detectors: [detector({ state: 'connecting' }), detector({ name: 'jf', state: 'connecting' })],
      }),
      {
        level: 'warn',
        code: 'detector-unheard',
        sentence: 'HUB is connected to no detector (eiger, jf) while an experiment is active.',
      },
    ],
    [
      'a stream that cannot be received',
      agentWith({
        detectors: [
          detector({
            state: 'error',
            lastError: { at: ago(5).toISOString(), code: 'x', message: 'address in use' },
          }),
        ],
      }),
      { code: 'detector-error', since: ago(5), sentence: expect.stringContaining('address in use') },
    ],
    [
      'little disk',
      toldBy({ machine: machine(9e9, 50e9) }),
      {
        level: 'warn',
        code: 'disk-low',
        sentence: 'The disk with the buffer of HUB has 9.0 GB free of 100.0 GB.',
      },
    ],
    [
      'hardly any disk',
      toldBy({ machine: machine(50e9, 1e9) }),
      { level: 'error', code: 'disk-low', sentence: expect.stringContaining('state folder') },
    ],
    [
      'a nearly full disk with the landing folder and the second folder of the buffer',
      toldBy({
        machine: {
          ...machine(50e9, 50e9),
          disks: [
            { parts: ['buffer', 'state'], folders: [], freeBytes: 50e9, totalBytes: 100e9 },
            { parts: ['spill'], folders: ['landing'], freeBytes: 2e9, totalBytes: 100e9 },
          ],
        },
      }),
      {
        level: 'error',
        code: 'disk-low',
        sentence: 'The disk with the spilled buffer and folder landing of HUB has 2.0 GB free of 100.0 GB.',
        source: 'spilled buffer and folder landing',
      },
    ],
    [
      'a buffer that fills and lasts 20 minutes',
      toldBy({ buffer: { usedBytes: 40, maxBytes: 100 }, bufferLastsS: 1200 }),
      {
        level: 'warn',
        code: 'buffer-short',
        sentence: 'The buffer of HUB is 40 % full and lasts 20 min at this rate when nothing is uploaded.',
      },
    ],
    [
      'a buffer that fills and lasts a minute',
      toldBy({ buffer: { usedBytes: 95, maxBytes: 100 }, bufferLastsS: 60 }),
      { level: 'error', code: 'buffer-short' },
    ],
    [
      'a clock an hour ahead',
      toldBy({ clock: { offsetMs: -3_600_000, roundTripMs: 10 } }),
      { code: 'clock-off', sentence: "The clock of HUB is 3600.0 s ahead of the server's." },
    ],
    [
      'a clock that cannot be known',
      toldBy({ clock: { offsetMs: 3, roundTripMs: 2400 } }),
      { code: 'clock-off', sentence: 'The clock of HUB is known to ±1.2 s only.' },
    ],
    [
      'poisoned files',
      toldBy({ poisoned: [poisonedSince(10), poisonedSince(90)], poisonedTotal: 7 }),
      { level: 'error', code: 'poisoned-files', since: ago(90), sentence: '7 files of HUB cannot be sent.' },
    ],
    [
      'a folder that is not there',
      toldBy({ folders: [folder({ watch: 'not-there' })] }),
      {
        level: 'error',
        code: 'folder-not-watched',
        source: 'landing',
        sentence: 'The folder /data/landing of HUB is not there: no file in it is seen.',
      },
    ],
    [
      'several folders that are not there at once',
      toldBy({
        folders: [
          folder({ watch: 'not-there', fault: 'it is not there' }),
          folder({ watch: 'not-there', name: 'work', path: '/data/work' }),
        ],
      }),
      {
        level: 'error',
        source: null,
        sentence: '2 folders of HUB are not there (/data/landing, /data/work): no file in them is seen.',
      },
    ],
    [
      'a folder with a fault',
      toldBy({ folders: [folder({ watch: 'polling', fault: 'the limit of watches is reached.' })] }),
      {
        level: 'warn',
        sentence:
          'The folder /data/landing of HUB cannot be watched as it should: the limit of watches is reached.',
      },
    ],
  ])('tell of %s', (_, agent, expected) => {
    expect(alarmsWith(agent)).toMatchObject([
      { agentId: 'a', todo: expect.stringMatching(/\.$/), ...expected },
    ]);
    expect(alarmsWith(agent)).toHaveLength(1);
  });

  it('tell of uploads that do not get on, while the last try is fresh and nobody has switched them off', () => {
    const lastError = {
      at: ago(20).toISOString(),
      code: 'server-unreachable',
      message: 'Cannot upload: no answer within 15 s. Trying again.',
    };
    const stuck = {
      queue: { files: 12, bytes: 43_900_000 },
      rates: { uploadedBytesPerS: 0 },
      lastError,
    };
    expect(alarmsWith(toldBy(stuck))).toMatchObject([
      {
        level: 'error',
        code: 'uploads-stuck',
        sentence:
          '12 files (43 MB) of HUB wait and do not get on: Cannot upload: no answer within 15 s. Trying again.',
      },
    ]);
    const quiet = [
      { ...stuck, queue: { files: 0, bytes: 0 } },
      { ...stuck, rates: { uploadedBytesPerS: 2e6 } },
      { ...stuck, lastError: { ...lastError, at: ago(600).toISOString() } },
      { ...stuck, lastError: { ...lastError, code: 'file-blocked' } },
    ];
    for (const told of quiet) expect(alarmsWith(toldBy(told))).toEqual([]);
    const off = alarmsWith({ ...toldBy(stuck), uploads: { mode: 'off', since: ago(60) } });
    expect(off.map(({ code }) => code)).toEqual(['uploads-not-on']);
  });

  it('take one detector that is switched off for no news', () => {
    const [off, on] = [detector({ name: 'jf', state: 'connecting' }), detector({})];
    expect(alarmsWith(agentWith({ detectors: [off, on] }))).toEqual([]);
    expect(alarmsOf(facts({ agents: [agentWith({ detectors: [off] })], active: null }))).toEqual([]);
  });

  it('do not repeat what a silent or refused agent told before', () => {
    const told = toldBy({ buffer: { usedBytes: 95, maxBytes: 100 }, bufferLastsS: 60, poisonedTotal: 1 });
    expect(alarmsWith({ ...told, lastSeenAt: ago(60) }).map(({ code }) => code)).toEqual(['agent-silent']);
    const expired = { ...LICENCE, state: 'expired', expiresAt: inDays(-1) } as const;
    expect(alarmsWith({ ...told, lastSeenAt: ago(60), licence: expired }).map(({ code }) => code)).toEqual([
      'licence-expired',
    ]);
  });

  it('count the buffer from the moment uploads are not on, be it nearly empty', () => {
    const uploads = { mode: 'paused', since: ago(30) } as const;
    const codes = alarmsWith({ ...toldBy({ bufferLastsS: 1200 }), uploads }).map(({ code }) => code);
    expect(codes).toEqual(['uploads-not-on', 'buffer-short']);
  });

  it('let uploads be off, and weigh silence less, while nothing is measured', () => {
    const agents = [
      agentWith({ uploads: { mode: 'off', since: ago(30) } }),
      agentWith({ lastSeenAt: ago(60) }),
    ];
    expect(alarmsOf(facts({ active: null, agents })).map(({ level, code }) => `${level} ${code}`)).toEqual([
      'warn agent-silent',
    ]);
  });

  it('tell of an experiment whose upload is off, and put the worst first', () => {
    const active = { code: 'DEM26-7K2QF', upload: { enabled: false, since: ago(5) } };
    const agents = [agentWith(), agentWith({ id: 'b', lastSeenAt: ago(60) })];
    expect(alarmsOf(facts({ active, agents }))).toMatchObject([
      { level: 'error', code: 'agent-silent', agentId: 'b' },
      { level: 'warn', code: 'experiment-upload-off', agentId: null, since: ago(5) },
    ]);
  });

  it('tell of datasets with gaps for an hour, not of those that only wait to be stored', () => {
    const dataset = (base: string, changes: Partial<AlarmFacts['datasets'][number]> = {}) => ({
      ...{ base, state: 'incomplete' as const, framesExpected: 60, framesStored: 46, endedAt: ago(60) },
      channelGaps: [{ channel: 'threshold_2', frames: [[4, 17] as const] }],
      ...changes,
    });
    const told = (...datasets: AlarmFacts['datasets']) => alarmsOf(facts({ datasets }));
    expect(told(dataset('raw/run_2'))).toMatchObject([
      {
        level: 'error',
        code: 'dataset-incomplete',
        sentence: 'raw/run_2 is incomplete: 46 of 60 frames; without threshold_2: 5–18.',
        since: ago(60),
      },
    ]);
    const lost = { channelGaps: [], lost: [[0, 3]] as const };
    expect(told(dataset('run_2', { ...lost, framesStored: 56 }), dataset('run_1'))[0]!.sentence).toBe(
      'run_2 is incomplete: 56 of 60 frames; lost at the agent: 1–4. So is 1 more dataset of the last hour.',
    );
    expect(told(dataset('old', { endedAt: ago(3601) }))).toEqual([]);
    expect(told(dataset('waits', { channelGaps: [], framesReceived: 60 }))).toEqual([]);
    expect(told(dataset('whole', { state: 'complete' }))).toEqual([]);
  });

  it('tell of a broken promise by the newest fifty files', () => {
    const files = (...latencies: number[]) =>
      latencies.map((latencyMs, index) => ({ committedAt: ago(index), latencyMs }));
    const told = (latencies: AlarmFacts['latencies']) => alarmsOf(facts({ latencies }));
    expect(told(files(9000, 9000, 9000, 9000))).toEqual([]);
    const old = files(...Array(50).fill(9000)).map((file) => ({ ...file, committedAt: ago(1000) }));
    expect(told(old)).toEqual([]);
    expect(told(files(...Array(50).fill(100), ...Array(200).fill(9000)))).toEqual([]);
    expect(told(files(...Array(47).fill(100), 9000, 9000, 9000))).toMatchObject([
      {
        code: 'promise-broken',
        since: ago(49),
        sentence: 'Files take 9.0 s to be readable (p95 of the newest 50); promised are 3.0 s.',
      },
    ]);
  });

  it('tell of storage that fills at 80, 90 and 100 percent of what is licensed', () => {
    const told = (hotBytes: number, quotaBytes: number | null = 10e12) =>
      alarmsOf(facts({ storage: storageLevel(hotBytes, quotaBytes) }));
    expect([told(7.9e12), told(9e12, null), alarmsOf(facts({ storage: null }))]).toEqual([[], [], []]);
    expect(told(9.13e12)).toMatchObject([
      {
        ...{ level: 'warn', code: 'storage-fills', step: 90 },
        sentence: 'Hot storage of the facility has reached 90 % of what is licensed: 9.13 TB of 10 TB.',
      },
    ]);
    expect(told(8e12)).toMatchObject([{ level: 'warn', step: 80 }]);
    expect(told(10e12)).toMatchObject([{ level: 'error', step: 100 }]);
  });
});
