import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AgentApiPeer } from '../testing/agent-api-peer.ts';
import { until } from '../testing/hub-rig.ts';
import { Broadcast } from './broadcast.ts';
import { HttpTransport } from './http-transport.ts';
import { Journal } from './journal.ts';
import { PreviewSender } from './preview-sender.ts';
import { RateLimit } from './rate-limit.ts';
import { ReportLog } from './report-log.ts';
import { fixedToken, ServerClient } from './server-client.ts';
import { DIRECT_UPLINK } from './uplink-config.ts';
import { OPEN_GATE, type UploadGate } from './upload-gate.ts';

/** Previews over a link that is slow because of the agent's own limit, to a peer that notes what comes. */
let folder: string;
let peer: AgentApiPeer;
let journal: Journal;
let reports: ReportLog;
let client: ServerClient;
let sender: PreviewSender;
let stopping = new AbortController();
/** Bytes per second; null = no limit. */
let rate: number | null = null;
let isOpen = true;
const changed = new Broadcast();
const gate: UploadGate = {
  ...OPEN_GATE,
  changed,
  decision: () =>
    isOpen ? { send: true } : { send: false, because: 'agent-off', experimentCode: null, since: '' },
};
let begun = 0;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'beamdeck-previews-'));
  peer = new AgentApiPeer(path.join(folder, 'store'));
  await peer.listen();
  begun = 0;
  peer.fault = ({ method }) => {
    if (method === 'PUT') begun++;
    return null;
  };
  journal = new Journal(path.join(folder, 'state'));
  reports = new ReportLog({ journal, log: pino({ level: 'silent' }), now: Date.now });
  const limit = new RateLimit(() => rate);
  client = new ServerClient(peer.url, fixedToken('test-token'), new HttpTransport(DIRECT_UPLINK, limit));
  stopping = new AbortController();
  const datasetId = randomUUID();
  sender = new PreviewSender({
    client,
    gate,
    reports,
    signal: stopping.signal,
    targetOf: () => ({ datasetId, acquired: null }),
  });
  isOpen = true;
});
afterEach(async () => {
  stopping.abort();
  await sender.stopped();
  client.close();
  await peer.close();
  journal.close();
  rmSync(folder, { recursive: true, force: true });
});

const preview = (frame: number, kept: boolean) => ({
  seriesKey: 'one',
  frame,
  kept,
  png: new Uint8Array(100_000).fill(frame),
});
const arrived = () => peer.shared.previews.map(({ frame }) => frame);

it('a switch cuts off the preview under way; one that is kept is sent anew when it goes on', async () => {
  // A preview takes longer than any test.
  rate = 1000;
  sender.start();
  sender.send(preview(1, true));
  await until('a preview under way', () => begun === 1);
  isOpen = false;
  changed.notify();
  await new Promise((resolve) => setImmediate(resolve));
  // From now on the link takes everything at once: what was not cut off would come whole.
  rate = null;
  sender.send(preview(2, false));
  isOpen = true;
  await until('both', () => arrived().length === 2, 30_000);
  expect(arrived().sort()).toEqual([1, 2]);
  expect(begun).toBe(3);
  expect(reports.lastErrorOf('')).toBeNull();
});
