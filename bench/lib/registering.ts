import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '#src/server/config/config.ts';
import { createContainer, createServices } from '#src/server/container.ts';
import type { Principal } from '#src/server/domain/context.ts';
import { newContext } from '#src/server/domain/new-context.ts';
import { LiveHub } from '#src/server/events/live-hub.ts';
import type { ObjectStore } from '#src/server/storage/object-store.port.ts';
import { MAX_COMPLETIONS } from '#src/shared/contracts/agent-api.ts';

/*
 * Registers small files of a watched folder at a rate, a hundred at a time, as agents do: opened, completed, recorded with custody, audit and
 * events. The store beneath answers at once and keeps nothing, for what is measured is the database. A child of the benches.
 */

export interface RegisteringOrder {
  env: Record<string, string>;
  agent: Extract<Principal, { kind: 'agent' }>;
  /** Files a second; as many as it can where it cannot. */
  rate: number;
  /** Batches under way at the same time. */
  atOnce: number;
}

const order = JSON.parse(process.argv[2]!) as RegisteringOrder;
const config = loadConfig(order.env);
const container = createContainer(config, 'registering');
const storedAt = () => new Date();
const url = 'http://127.0.0.1/';
const store = {
  driver: 'fs' as const,
  openUpload: async () => ({ uploadRef: randomUUID() }),
  isTaken: async () => false,
  partCheck: async () => 'crc32c' as const,
  signPart: async () => ({ url, headers: {}, expiresAt: new Date(Date.now() + 3_600_000) }),
  listParts: async () => [],
  completeUpload: async ({ key, sizeBytes }: { key: string; sizeBytes: number }) => ({
    ...{ key, sizeBytes, storedAt: storedAt() },
  }),
} as unknown as ObjectStore;
const hub = new LiveHub({ ...container, databaseUrl: config.databaseUrl });
const { ingest } = createServices({ config, db: container.db, store, hub });

const BYTES = 1000;
let number = 0;
let registered = 0;
const run = randomUUID().slice(0, 8);

async function registerBatch(): Promise<void> {
  const ctx = newContext(order.agent);
  const at = new Date().toISOString();
  const files = Array.from({ length: MAX_COMPLETIONS }, () => {
    const nth = number++;
    const name = `${run}/s${Math.floor(nth / 1000)}/image_${String(nth).padStart(7, '0')}.cbf`;
    return { name, clientId: randomUUID(), sha256: createHash('sha256').update(name).digest('hex') };
  });
  const acquired = { seenAt: at, watchedSince: '2020-01-01T00:00:00Z', appearedAt: at, modifiedAt: at };
  const { uploads } = await ingest.openUploads(ctx, {
    uploads: files.map(({ name, clientId, sha256 }) => ({
      ...{
        clientId,
        datasetId: null,
        kind: 'other' as const,
        path: name,
        partBytes: 5 * 1024 * 1024,
        signParts: [1],
      },
      origin: {
        ...{
          source: 'landing',
          relativePath: name,
          originalPath: null,
          sizeBytes: BYTES,
          sha256,
          replaces: null,
        },
        acquired: { ...acquired, clockOffsetMs: 0, clockDoubtMs: 0 },
      },
    })),
  });
  const outcomes = await ingest.completeUploads(ctx, {
    uploads: uploads.map(({ uploadId }, index) => ({
      ...{ uploadId, sizeBytes: BYTES, sha256: files[index]!.sha256, chunks: [], masks: [], frameValues: [] },
      parts: [{ partNumber: 1, sizeBytes: BYTES, crc32c: '00000000' }],
      stamps: { createdAt: at, settledAt: at, firstPartSentAt: at, clockOffsetMs: 0 },
    })),
  });
  const refused = outcomes.find((outcome) => 'error' in outcome);
  if (refused) throw refused.error;
  registered += outcomes.length;
}

let ended = false;
const begin = performance.now();
async function worker(): Promise<void> {
  while (!ended) {
    const dueMs = (number / order.rate) * 1000 - (performance.now() - begin);
    if (dueMs > 0) await sleep(dueMs);
    await registerBatch();
  }
}
process.on('message', (asked) => {
  if (asked === 'count') process.send!({ event: 'count', registered, ms: performance.now() - begin });
});
process.once('SIGTERM', () => {
  ended = true;
});
await registerBatch();
process.send!({ event: 'begun' });
await Promise.all(Array.from({ length: order.atOnce }, worker));
await hub.close();
await container.close();
process.disconnect();
