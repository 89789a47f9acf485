import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, expect, it, vi } from 'vitest';
import { freePort, until } from '../testing/hub-rig.ts';
import { AgentAccess } from './access.ts';
import { ControlClient } from './control-client.ts';
import { HEARTBEAT_MS } from './heartbeat.ts';
import { Journal } from './journal.ts';
import { ReportLog } from './report-log.ts';
import { ServerClient } from './server-client.ts';

/** What a person switches is to be obeyed within this time, also right after the server was away. */
const OBEYED_WITHIN_MS = 2000;

const folder = mkdtempSync(path.join(tmpdir(), 'beamdeck-control-'));
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

it('however long the server was away, the instructions are asked for again in less than two seconds', async () => {
  const journal = new Journal(folder);
  const access = new AgentAccess(null, () => undefined);
  access.enrolled({
    agentId: 'a',
    licenceId: 'l',
    instrument: { id: 'i', slug: 'i' },
    token: 'test-token',
    publicKey: '',
    licenceExpiresAt: new Date(8.64e15).toISOString(),
  });
  const stopping = new AbortController();
  const client = new ServerClient(`http://127.0.0.1:${await freePort()}`, access);
  // The wait is noted and not waited for: dozens of tries would take minutes.
  const waits: number[] = [];
  const wait = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    waits.push(ms);
    return AbortSignal.abort();
  });
  const control = new ControlClient({
    client,
    access,
    journal,
    reports: new ReportLog({ journal, log: pino({ level: 'silent' }), now: Date.now }),
    signal: stopping.signal,
    accept: () => undefined,
    confirmed: () => undefined,
    withoutControl: () => undefined,
    command: () => undefined,
  });
  const running = control.run();
  await until('many tries', () => waits.length >= 40);
  stopping.abort();
  await running;
  wait.mockRestore();
  client.close();
  journal.close();
  expect(Math.max(...waits)).toBeGreaterThan(0);
  expect(waits.filter((ms) => ms >= OBEYED_WITHIN_MS)).toEqual([]);
  expect(HEARTBEAT_MS).toBeLessThanOrEqual(OBEYED_WITHIN_MS);
});
