import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePort } from '../lib/embedded-postgres.ts';
import { claimReplayPort } from './replay-port.ts';

describe('port of the replay', () => {
  it('belongs to one Beamdeck only, though nobody listens on it', async () => {
    const port = await freePort();
    expect(await claimReplayPort(port)).toBe(port);
    await expect(claimReplayPort(port)).rejects.toThrow(/--replay-port N/);
  });

  it('is refused when a program listens there', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(claimReplayPort(port)).rejects.toThrow(`Port ${port} for the replay is in use`);
    server.close();
  });

  it('is another one for each Beamdeck that asks for none', async () => {
    const ports = [await claimReplayPort(null), await claimReplayPort(null), await claimReplayPort(0)];
    expect(new Set(ports).size).toBe(3);
  });
});
