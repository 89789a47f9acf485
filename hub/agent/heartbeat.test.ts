import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, it } from 'vitest';
import { AgentApiPeer } from '../testing/agent-api-peer.ts';
import { until } from '../testing/hub-rig.ts';
import { StatusBoard } from './agent-status.ts';
import { ClockOffset } from './clock-offset.ts';
import { CommandLog } from './command-log.ts';
import { Heartbeat, type HeartbeatDeps } from './heartbeat.ts';
import { Journal } from './journal.ts';
import { machineClocks } from './machine-clocks.ts';
import { NeededDisks } from './needed-disks.ts';
import { ReportLog } from './report-log.ts';
import { fixedToken, ServerClient } from './server-client.ts';
import { SiteSwitches } from './site-switches.ts';
import { SpoolBudget } from './spool.ts';

let folder: string;
let peer: AgentApiPeer;
let journal: Journal;
let client: ServerClient;
let heartbeat: Heartbeat | null = null;

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-heartbeat-'));
  peer = new AgentApiPeer(path.join(folder, 'store'));
  await peer.listen();
  journal = new Journal(path.join(folder, 'state'));
  client = new ServerClient(peer.url, fixedToken('test-token'));
});
afterEach(async () => {
  await heartbeat?.stop();
  client.close();
  journal.close();
  await peer.close();
  rmSync(folder, { recursive: true });
});

function start(changes: Partial<HeartbeatDeps>, queue = () => ({ files: 0, bytes: 0 })): void {
  const reports = new ReportLog({ journal, log: pino({ level: 'silent' }), now: Date.now });
  const clock = new ClockOffset(machineClocks(Date.now), null);
  heartbeat = new Heartbeat({
    client,
    journal,
    reports,
    clock,
    now: Date.now,
    isEnrolled: () => true,
    status: new StatusBoard({
      version: 'test',
      spoolDir: folder,
      stateDir: folder,
      reports,
      clock,
      budget: new SpoolBudget(1),
      bufferPlaces: () => [],
      disks: new NeededDisks([]),
      gate: { uploads: () => ({ mode: 'on', by: 'server', since: new Date().toISOString() }), current: null },
      now: Date.now,
      uploadedBytes: () => 0,
      sending: () => ({ parts: 0, atOnce: 4 }),
      detectors: () => [],
      sources: [{ queue, held: () => [] }],
    }),
    siteSwitches: new SiteSwitches(journal, clock),
    commands: new CommandLog(journal, async () => 'done'),
    learned: () => undefined,
    onBeat: () => undefined,
    ...changes,
  });
  heartbeat.start();
}

async function untilReported(message: string): Promise<void> {
  await until(message, () =>
    peer.reports.some((report) => report.code === 'internal' && report.message.includes(message)),
  );
}

it('goes on when what is done with each beat fails, and tells it', async () => {
  start({
    onBeat: () => {
      throw new Error('a fault of ours');
    },
  });
  await untilReported('a fault of ours');
});

it('goes on when a beat itself fails, and tells it with the next one', async () => {
  let asked = 0;
  start({}, () => {
    if (asked++ === 0) throw new Error('nobody knows how many');
    return { files: 0, bytes: 0 };
  });
  await untilReported('nobody knows how many');
});
