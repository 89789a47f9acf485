import { channel } from 'node:diagnostics_channel';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerAddress } from './caller-address.ts';
import { notePeerAddresses, peerAddressOf } from './peer-address.ts';

/** Answers what it takes for the caller's address, as route handlers do: from the headers alone. */
async function startServer(trustedProxies: readonly string[]) {
  const server: Server = createServer((request, response) => {
    response.end(callerAddress(new Headers(request.headers as Record<string, string>), trustedProxies));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    async ask(forwardedFor?: string): Promise<string> {
      const headers: Record<string, string> =
        forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
      return (await fetch(`http://127.0.0.1:${port}/`, { headers })).text();
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
type Asked = Awaited<ReturnType<typeof startServer>>;

it('does not know the address before the server notes it, whatever a caller says', () => {
  const headers = new Headers({ 'x-forwarded-for': '6.6.6.6', 'x-beamdeck-peer': '6.6.6.6' });
  expect(peerAddressOf(headers)).toBeNull();
  expect(callerAddress(headers, [])).toBe('unknown');
  expect(callerAddress(headers, ['6.6.6.6'])).toBe('unknown');
});

describe('once the server notes the peers of its sockets', () => {
  let end: () => void;
  const open: Asked[] = [];
  const server = async (trustedProxies: readonly string[]) => {
    const started = await startServer(trustedProxies);
    open.push(started);
    return started;
  };
  beforeAll(() => {
    end = notePeerAddresses();
  });
  afterAll(async () => {
    end();
    for (const started of open) await started.close();
  });

  it('without trusted proxies the header is not looked at', async () => {
    const { ask } = await server([]);
    expect(await ask()).toBe('127.0.0.1');
    expect(await ask('6.6.6.6')).toBe('127.0.0.1');
    expect(await ask('6.6.6.6, 127.0.0.1')).toBe('127.0.0.1');
  });

  it('nor when the peer is not one of the trusted', async () => {
    const { ask } = await server(['10.0.0.7', '192.168.0.0/16']);
    expect(await ask('6.6.6.6')).toBe('127.0.0.1');
    expect(await ask('6.6.6.6, 10.0.0.7')).toBe('127.0.0.1');
  });

  it.each([
    ['the proxy says whom it saw', '203.0.113.5', '203.0.113.5'],
    ['the caller had sent a header of its own', '6.6.6.6, 203.0.113.5', '203.0.113.5'],
    ['the caller claims to be a proxy', '6.6.6.6, 127.0.0.1, 203.0.113.5', '203.0.113.5'],
    ['a second proxy stands before', '6.6.6.6, 203.0.113.5, 10.1.2.3', '203.0.113.5'],
    ['the caller is in a trusted network', '10.9.9.9', '10.9.9.9'],
    ['with a port', '203.0.113.5:4711', '203.0.113.5'],
    ['IPv6', '2001:db8::5', '2001:db8::5'],
    ['IPv6 with a port', '6.6.6.6, [2001:db8::5]:4711', '2001:db8::5'],
    ['IPv4 written as IPv6', '::ffff:203.0.113.5', '203.0.113.5'],
    ['a trusted one written as IPv6', '203.0.113.5, ::ffff:10.1.2.3', '203.0.113.5'],
    ['IPv6 with an interface', 'fe80::5%eth0', 'fe80::5'],
    ['no address at the end', '6.6.6.6, unknown', '127.0.0.1'],
    ['no address before a second proxy', '6.6.6.6, <script>, 10.1.2.3', '10.1.2.3'],
    ['an empty header', '', '127.0.0.1'],
  ])('behind trusted proxies the right-most other counts: %s', async (_, header, address) => {
    const { ask } = await server(['127.0.0.1', '10.0.0.0/8']);
    expect(await ask(header)).toBe(address);
  });

  it('a proxy that sends no header is itself the caller', async () => {
    const { ask } = await server(['127.0.0.0/8']);
    expect(await ask()).toBe('127.0.0.1');
  });

  it.each([
    ['::ffff:10.0.0.7', '10.0.0.7'],
    ['fe80::7%eth0', 'fe80::7'],
    ['::1', '::1'],
  ])('the peer %s of a socket that listens on IPv6 is %s', (remoteAddress, address) => {
    const headers: Record<string, string> = {};
    channel('http.server.request.start').publish({ request: { socket: { remoteAddress }, headers } });
    expect(callerAddress(new Headers(headers), [])).toBe(address);
    const forwarded = new Headers({ ...headers, 'x-forwarded-for': '203.0.113.5' });
    expect(callerAddress(forwarded, [address])).toBe('203.0.113.5');
  });
});
