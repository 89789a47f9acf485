import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { Push } from 'zeromq';
import type { HubConfig } from '../agent/config.ts';
import type { DetectorConfig } from '../agent/detector-config.ts';
import { DIRECT_UPLINK } from '../agent/uplink-config.ts';
import { type Hub, startHub } from '../start-hub.ts';
import { AgentApiPeer } from './agent-api-peer.ts';

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Waits until `condition` holds; throws what was waited for when it does not within `timeoutMs`. */
export async function until(what: string, condition: () => boolean, timeoutMs = 15_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain for: ${what}`);
    await sleep(20);
  }
}

/** A HUB with a detector socket in front and an agent API peer behind, all real, in one temporary folder. */
export class HubRig {
  readonly folder: string;
  readonly peer: AgentApiPeer;
  readonly push: Push;
  /** How often a HUB has gone, as the detector's socket saw it: what it sends before it has seen that is lost. */
  partings = 0;
  readonly endpoint: string;
  config: HubConfig;
  hub: Hub | null = null;

  private constructor(folder: string, peer: AgentApiPeer, push: Push, endpoint: string) {
    this.folder = folder;
    this.peer = peer;
    this.push = push;
    push.events.on('disconnect', () => this.partings++);
    this.endpoint = endpoint;
    this.config = {
      file: path.join(folder, 'hub.toml'),
      serverUrl: peer.url,
      token: 'test-token',
      licenceFile: null,
      instrument: null,
      stateDir: path.join(folder, 'state'),
      logLevel: 'silent',
      buffer: { dir: path.join(folder, 'spool'), maxBytes: 512 * 1024 * 1024, spill: null },
      upload: { concurrency: 4, partBytes: 5 * 1024 * 1024 },
      folders: [],
      uplink: DIRECT_UPLINK,
      local: { port: null },
      detectors: [
        {
          name: 'detector-1',
          protocol: 'stream-v2',
          mode: 'connect',
          endpoints: [endpoint],
          serialNumber: null,
          seriesTimeoutMs: 60_000,
          armedTimeoutMs: 60_000,
          senders: 1,
          splitOver: 1,
          metadata: null,
          republish: null,
        },
      ],
    };
  }

  static async create(): Promise<HubRig> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-hub-'));
    const peer = new AgentApiPeer(path.join(folder, 'store'));
    await peer.listen();
    const endpoint = `tcp://127.0.0.1:${await freePort()}`;
    // No linger: a test that failed must not wait for a HUB that is gone.
    const push = new Push({ linger: 0, sendHighWaterMark: 1000 });
    await push.bind(endpoint);
    return new HubRig(folder, peer, push, endpoint);
  }

  detector(changes: Partial<DetectorConfig>): void {
    this.config = { ...this.config, detectors: this.config.detectors.map((one) => ({ ...one, ...changes })) };
  }

  start(): void {
    this.hub = startHub(this.config, pino({ level: process.env.HUB_TEST_LOG ?? 'silent' }), 'test', {
      drainMs: 2000,
    });
  }

  async stop(): Promise<void> {
    await this.hub?.stop();
    this.hub = null;
  }

  /** Messages of one part, or lists of parts. */
  async send(messages: readonly (Uint8Array | Uint8Array[])[]): Promise<void> {
    for (const message of messages) await this.push.send(message);
  }

  datasets() {
    return [...this.peer.datasets.values()];
  }

  codes(): string[] {
    return this.peer.reports.map(({ code }) => code);
  }

  stored(file: string): Buffer {
    return readFileSync(path.join(this.peer.folder, file));
  }

  storedNames(folder = 'raw'): string[] {
    return readdirSync(path.join(this.peer.folder, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.h5'))
      .sort();
  }

  async dispose(): Promise<void> {
    await this.stop();
    this.push.close();
    await this.peer.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
