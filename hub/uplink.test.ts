import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { networkInterfaces } from 'node:os';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HttpTransport } from './agent/http-transport.ts';
import { RateLimit } from './agent/rate-limit.ts';
import { fixedToken, ServerClient } from './agent/server-client.ts';
import { DIRECT_UPLINK } from './agent/uplink-config.ts';
import { HubRig, until } from './testing/hub-rig.ts';
import { storedFrames } from './testing/stored-frames.ts';
import { testCertificate } from './testing/test-certificate.ts';
import { testSeries, wholeSeries } from './testing/test-messages.ts';

/** The way to the server: through a real proxy, to a certificate of a facility's own, from one interface, at a limit. */
let rig: HubRig;
const servers: Server[] = [];
beforeEach(async () => {
  rig = await HubRig.create();
});
afterEach(async () => {
  await rig.dispose();
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server, host: string): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

const ended = () => rig.datasets()[0]?.end != null;

async function expectSeriesStored(frames = 5, series = testSeries(1)): Promise<void> {
  rig.start();
  await rig.send(wholeSeries(series, frames));
  await until('the end of the series', ended, 30_000);
  expect(storedFrames(rig, rig.datasets()[0]!.datasetId, 'threshold_1').size).toBe(frames);
}

/** TLS in front of the peer on an address that no proxy rule takes for this machine, with a certificate that nobody else trusts. */
async function peerOverTls(): Promise<string> {
  const tls = testCertificate({ names: 'IP:127.0.0.2' });
  const server = createTlsServer(tls, (socket) =>
    join(socket, connect(Number(new URL(rig.peer.url).port), '127.0.0.1')),
  );
  const url = `https://127.0.0.2:${await listening(server, '127.0.0.2')}`;
  rig.peer.publicUrl = url;
  rig.config = { ...rig.config, serverUrl: url };
  return tls.cert;
}

/** Notes from which addresses the peer is connected to. */
async function peerBehindListener(): Promise<{ url: string; cameFrom: Set<string> }> {
  const cameFrom = new Set<string>();
  const server = createTcpServer((socket) => {
    cameFrom.add(socket.remoteAddress!);
    join(socket, connect(Number(new URL(rig.peer.url).port), '127.0.0.1'));
  });
  return { url: `http://127.0.0.1:${await listening(server, '127.0.0.1')}`, cameFrom };
}

function join(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
  }
}

/** An HTTP proxy that knows one user. */
async function startProxy(): Promise<{ port: number; tunnels: string[] }> {
  const tunnels: string[] = [];
  const wanted = `Basic ${Buffer.from('hub:s@fe').toString('base64')}`;
  const proxy = createServer((_, response) => response.writeHead(400).end());
  proxy.on('connect', (request, socket: Socket) => {
    socket.on('error', () => undefined);
    if (request.headers['proxy-authorization'] !== wanted) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    tunnels.push(request.url!);
    const [host, port] = request.url!.split(':');
    const up = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      join(up, socket);
    });
    up.on('error', () => socket.destroy());
  });
  return { port: await listening(proxy, '127.0.0.1'), tunnels };
}

it('goes through a proxy with user and password to a server whose certificate is of the facility’s own', async () => {
  const ca = await peerOverTls();
  const { port, tunnels } = await startProxy();
  rig.config = {
    ...rig.config,
    uplink: { ...DIRECT_UPLINK, ca, proxy: `http://hub:s%40fe@127.0.0.1:${port}` },
  };
  await expectSeriesStored();
  // Requests to the server and parts to the data server alike.
  expect(tunnels.length).toBeGreaterThan(0);
  expect(new Set(tunnels)).toEqual(new Set([new URL(rig.config.serverUrl).host]));
}, 60_000);

it('without the certificate nothing is sent, and with a wrong password of the proxy neither: both are told', async () => {
  const ca = await peerOverTls();
  rig.start();
  const error = () => rig.hub!.status().lastError?.message ?? '';
  await until('the fault', () => /self-signed certificate/.test(error()));
  await rig.stop();
  const { port, tunnels } = await startProxy();
  rig.config = {
    ...rig.config,
    uplink: { ...DIRECT_UPLINK, ca, proxy: `http://hub:wrong@127.0.0.1:${port}` },
  };
  rig.start();
  await until('the fault', () => /407/.test(error()));
  expect(tunnels).toEqual([]);
}, 60_000);

/** On loopback alone every connection comes from the same address: it would prove nothing. */
const NAMED = Object.entries(networkInterfaces()).flatMap(([name, all = []]) =>
  all
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => ({ name, address })),
)[0];

it.skipIf(!NAMED)(
  'connects from the address of the interface that is named, to server and store, and says when it has none',
  async () => {
    const { url, cameFrom } = await peerBehindListener();
    rig.peer.publicUrl = url;
    rig.config = { ...rig.config, serverUrl: url, uplink: { ...DIRECT_UPLINK, interface: 'gone0' } };
    rig.start();
    await until('the fault', () => /gone0 has no address/.test(rig.hub!.status().lastError?.message ?? ''));
    await rig.stop();
    expect(cameFrom).toEqual(new Set());
    rig.config = { ...rig.config, uplink: { ...DIRECT_UPLINK, interface: NAMED!.name } };
    await expectSeriesStored();
    expect(cameFrom).toEqual(new Set([NAMED!.address]));
  },
  60_000,
);

it('at a limit parts arrive whole, and with the previews no faster than it says', async () => {
  const maxRate = 4_000_000;
  rig.config = { ...rig.config, uplink: { ...DIRECT_UPLINK, maxRate } };
  rig.start();
  rig.hub!.local.pause('test');
  const series = testSeries(1, { rows: 1000, columns: 1000 });
  await rig.send(wholeSeries(series, 10));
  await until('all frames', () => rig.hub!.status().detectors[0]!.frames === 10);
  // Everything is sent after this moment: what took longer took longer for other reasons too.
  const startMs = performance.now();
  rig.hub!.local.resume('test');
  await until('the end of the series', ended, 50_000);
  const tookMs = performance.now() - startMs;
  expect(storedFrames(rig, rig.datasets()[0]!.datasetId, 'threshold_1').size).toBe(10);
  const bytes = rig.peer.files.reduce((sum, { complete }) => sum + complete.sizeBytes, 0);
  expect(bytes).toBeGreaterThan(2 * maxRate);
  // The first slice leaves at once.
  expect(tookMs).toBeGreaterThan((1000 * (bytes - 64 * 1024)) / maxRate);
  expect(rig.peer.violations).toEqual([]);
}, 60_000);

it('a preview counts for the limit as parts do', async () => {
  const rate = 500_000;
  const transport = new HttpTransport(DIRECT_UPLINK, new RateLimit(() => rate));
  const client = new ServerClient(rig.peer.url, fixedToken('test-token'), transport);
  const png = Buffer.alloc(rate, 7);
  const startMs = performance.now();
  await client.putPreview(randomUUID(), 3, true, png);
  const tookMs = performance.now() - startMs;
  client.close();
  expect(rig.peer.shared.previews).toMatchObject([{ frame: 3, kept: true, png }]);
  expect(tookMs).toBeGreaterThan((1000 * (png.length - 64 * 1024)) / rate);
}, 60_000);

it('on a slow link a master goes before data that waited longer', async () => {
  const { upload } = rig.config;
  rig.config = {
    ...rig.config,
    upload: { ...upload, concurrency: 1 },
    // The 30 MB of the first series then take longer than a busy machine needs to bring the second master.
    uplink: { ...DIRECT_UPLINK, maxRate: 1_500_000 },
  };
  rig.start();
  rig.hub!.local.pause('test');
  await rig.send(wholeSeries(testSeries(1, { rows: 1000, columns: 1000 }), 15));
  await rig.send(wholeSeries(testSeries(2), 2));
  await until('all frames', () => rig.hub!.status().detectors[0]!.frames === 17);
  rig.hub!.local.resume('test');
  await until(
    'both series',
    () => rig.datasets().length === 2 && rig.datasets().every(({ end }) => end !== null),
    100_000,
  );
  const stored = rig.peer.files.map(({ path: file }) => file);
  expect(stored.indexOf('raw/series_2_master.h5')).toBeGreaterThan(0);
  expect(stored.indexOf('raw/series_2_master.h5')).toBeLessThan(
    stored.indexOf('raw/series_1_data_000001.h5'),
  );
}, 120_000);
