import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, it } from 'vitest';
import { AgentApiPeer } from '../testing/agent-api-peer.ts';
import { until } from '../testing/hub-rig.ts';
import { ClockOffset } from './clock-offset.ts';
import { Heartbeat, type HeartbeatDeps } from './heartbeat.ts';
import { Journal } from './journal.ts';
import { ReportLog } from './report-log.ts';
import { ServerClient } from './server-client.ts';
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
  client = new ServerClient(peer.url, 'test-token');
});
afterEach(async () => {
  await heartbeat?.stop();
  client.close();
  journal.close();
  await peer.close();
  rmSync(folder, { recursive: true });
});

function start(changes: Partial<HeartbeatDeps>): void {
  heartbeat = new Heartbeat({
    version: 'test',
    spoolDir: folder,
    client,
    journal,
    reports: new ReportLog({ journal, log: pino({ level: 'silent' }), now: Date.now }),
    budget: new SpoolBudget(1),
    clock: new ClockOffset(null),
    now: Date.now,
    queue: () => ({ files: 0, bytes: 0 }),
    uploadedBytes: () => 0,
    detectors: () => [],
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
  start({
    queue: () => {
      if (asked++ === 0) throw new Error('nobody knows how many');
      return { files: 0, bytes: 0 };
    },
  });
  await untilReported('nobody knows how many');
});
