import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DIRECT_UPLINK } from './agent/uplink-config.ts';
import { HubRig, until } from './testing/hub-rig.ts';
import { storedFrames } from './testing/stored-frames.ts';
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
  const file = (name: string) => path.join(rig.folder, name);
  const names = ['-subj', '/CN=Facility of a test', '-addext', 'subjectAltName=IP:127.0.0.2'];
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-x509'];
  execFileSync('openssl', ['req', ...made, ...names, '-keyout', file('key.pem'), '-out', file('ca.pem')], {
    stdio: 'ignore',
  });
  const tls = { key: readFileSync(file('key.pem')), cert: readFileSync(file('ca.pem')) };
  const server = createTlsServer(tls, (socket) =>
    join(socket, connect(Number(new URL(rig.peer.url).port), '127.0.0.1')),
  );
  const url = `https://127.0.0.2:${await listening(server, '127.0.0.2')}`;
  rig.peer.publicUrl = url;
  rig.config = { ...rig.config, serverUrl: url };
  return readFileSync(file('ca.pem'), 'utf8');
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

it('connects from the interface that is named, and says when it has no address', async () => {
  const loopback = Object.entries(networkInterfaces()).find(([, all]) =>
    all?.some(({ address }) => address === '127.0.0.1'),
  )![0];
  rig.config = { ...rig.config, uplink: { ...DIRECT_UPLINK, interface: 'gone0' } };
  rig.start();
  await until('the fault', () => /gone0 has no address/.test(rig.hub!.status().lastError?.message ?? ''));
  await rig.stop();
  rig.config = { ...rig.config, uplink: { ...DIRECT_UPLINK, interface: loopback } };
  await expectSeriesStored();
}, 60_000);

it('at a limit parts arrive whole, in slices', async () => {
  rig.config = { ...rig.config, uplink: { ...DIRECT_UPLINK, maxRate: 20_000_000 } };
  await expectSeriesStored(10, testSeries(1, { rows: 1000, columns: 1000 }));
  expect(rig.peer.violations).toEqual([]);
}, 60_000);

it('on a slow link a master goes before data that waited longer', async () => {
  const { upload } = rig.config;
  rig.config = {
    ...rig.config,
    upload: { ...upload, concurrency: 1 },
    uplink: { ...DIRECT_UPLINK, maxRate: 20_000_000 },
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
    30_000,
  );
  const stored = rig.peer.files.map(({ path: file }) => file);
  expect(stored.indexOf('raw/series_2_master.h5')).toBeGreaterThan(0);
  expect(stored.indexOf('raw/series_2_master.h5')).toBeLessThan(
    stored.indexOf('raw/series_1_data_000001.h5'),
  );
}, 60_000);
