import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DIRECT_UPLINK } from '../agent/uplink-config.ts';
import { type TestCertificate, testCertificate } from '../testing/test-certificate.ts';
import { checkWay, checkWays, waysOf } from './check-ways.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function portOf(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const forbids: RequestListener = (_, response) => response.writeHead(403).end('no');
const said = (findings: { ok: boolean; text: string }[]) =>
  findings.map(({ ok, text }) => `${ok ? 'good' : 'BAD'}: ${text.replaceAll(/:\d{4,5}\b/g, ':PORT')}`);
const CLOCKS = expect.stringMatching(/^good: the clocks of .* are less than [1-9] s apart$/);

describe('the certificate of a store', () => {
  let lasting: TestCertificate;
  let ending: TestCertificate;
  beforeAll(() => {
    lasting = testCertificate({ names: 'IP:127.0.0.1', days: 60 });
    ending = testCertificate({ names: 'IP:127.0.0.1', days: 2 });
  });
  const check = async (certificate: TestCertificate, ca: string | null, host = '127.0.0.1') => {
    const port = await portOf(createHttpsServer(certificate, forbids));
    return said(
      await checkWay({ url: `https://${host}:${port}`, who: 'S3 store' }, { ...DIRECT_UPLINK, ca }),
    );
  };

  it('is good when it is trusted and lasts, and its end is told', async () => {
    const until = new Date(Date.now() + 60 * 86_400_000).toISOString().slice(0, 10);
    expect(await check(lasting, lasting.cert)).toEqual([
      'good: the S3 store, https://127.0.0.1:PORT, answers (HTTP 403)',
      `good: the certificate of 127.0.0.1:PORT is valid until ${until}, issued by Facility of a test`,
      CLOCKS,
    ]);
  });

  it('is named when it ends soon, is of a strange authority, or for another name', async () => {
    expect((await check(ending, ending.cert))[1]).toMatch(
      /^BAD: the certificate of .* ends on .*: have it renewed/,
    );
    expect(await check(lasting, null)).toEqual([
      expect.stringMatching(
        /^BAD: the S3 store cannot be reached: .* this machine does not trust: .*\[uplink\]/,
      ),
    ]);
    expect(await check(lasting, lasting.cert, 'localhost')).toEqual([
      expect.stringContaining('its certificate is for another name'),
    ]);
  });
});

it('tells how far a clock is off, and which side', async () => {
  const hour: RequestListener = (_, response) =>
    response.writeHead(200, { date: new Date(Date.now() - 3_600_000).toUTCString() }).end();
  const url = `http://127.0.0.1:${await portOf(createHttpServer(hour))}`;
  expect(said(await checkWay({ url, who: 'server' }, DIRECT_UPLINK))).toEqual([
    'good: the server, http://127.0.0.1:PORT, answers (HTTP 200)',
    expect.stringMatching(
      /^BAD: the clock of this machine is 3(599|600|601) s ahead of that of 127\.0\.0\.1:PORT: /,
    ),
  ]);
});

it('names whoever refuses, fails, or is silent as behind a firewall', async () => {
  const failing = await portOf(createHttpServer((_, response) => response.writeHead(502).end()));
  const silent = await portOf(createTcpServer());
  const running = { storeOrigins: [`http://127.0.0.1:${failing}`, `http://127.0.0.1:${silent}`] };
  const config = { serverUrl: 'http://127.0.0.1:9', uplink: DIRECT_UPLINK };
  expect(said(await checkWays(config, running))).toEqual([
    expect.stringMatching(/^BAD: the server cannot be reached: 127\.0\.0\.1:9: .*ECONNREFUSED/),
    'BAD: the data server, http://127.0.0.1:PORT, answers (HTTP 502)',
    CLOCKS,
    'BAD: the S3 store cannot be reached: 127.0.0.1:PORT: no answer within 5 s; does a firewall let it through?',
  ]);
}, 30_000);

it('knows the server alone until a running agent was told the others', () => {
  const serverUrl = 'https://beamdeck.example.org/';
  expect(waysOf({ serverUrl }, null)).toEqual([{ url: serverUrl, who: 'server' }]);
  const storeOrigins = ['https://beamdeck.example.org', 'https://s3.example.org'];
  expect(waysOf({ serverUrl }, { storeOrigins })).toEqual([
    { url: serverUrl, who: 'server' },
    { url: 'https://s3.example.org', who: 'S3 store' },
  ]);
});
