import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { startRgw, type ThrowawayRgw } from './throwaway-rgw.ts';

/**
 * Vitest's global set-up for tests on a Ceph that none of them harms: one for the whole run, started when the first of them asks for a bucket
 * (`sharedBucket`). Tests that kill the gateway, or set what counts for all buckets, start one of their own.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  let rgw: Promise<ThrowawayRgw> | null = null;
  const server = createServer(async (_request, answer) => {
    try {
      rgw ??= startRgw().catch((error: unknown) => {
        // Who asks next tries again.
        rgw = null;
        throw error;
      });
      answer.end(JSON.stringify(await (await rgw).newBucket()));
    } catch (error) {
      answer.writeHead(500).end(error instanceof Error ? error.message : String(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  project.provide('bucketsUrl', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const started = await rgw?.catch(() => null);
    await started?.close();
  };
}
