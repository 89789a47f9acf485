import { type AgentOptions, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { networkInterfaces } from 'node:os';
import { Duplex } from 'node:stream';
import { getCACertificates } from 'node:tls';
import type { UplinkConfig } from './uplink-config.ts';

/** Addresses of this machine are never asked for at a proxy. */
const NO_PROXY = 'localhost,127.0.0.1,::1';

const proxyEnvironment = (proxy: string) =>
  ({ HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY }) as unknown as NodeJS.ProcessEnv;

/** The agents of node:http and node:https that go the configured way. */
export function uplinkAgents(uplink: UplinkConfig): { http: HttpAgent; https: HttpsAgent } {
  const { proxy, ca } = uplink;
  const options: AgentOptions = {
    keepAlive: true,
    maxSockets: 64,
    // The runtime's own support: CONNECT for https, the whole address for http, user and password from the address.
    ...(proxy === null ? {} : { proxyEnv: proxyEnvironment(proxy) }),
  };
  const trusted = ca === null ? {} : { ca: [...getCACertificates('default'), ca] };
  if (uplink.interface === null)
    return { http: new HttpAgent(options), https: new HttpsAgent({ ...options, ...trusted }) };
  const name = uplink.interface;
  return {
    http: new BoundHttpAgent(options, name),
    https: new BoundHttpsAgent({ ...options, ...trusted }, name),
  };
}

/** Address of the interface now: it may change while the agent runs. Null when it has none. */
function addressOf(name: string): { localAddress: string; family: 4 | 6 } | null {
  const addresses = networkInterfaces()[name] ?? [];
  const found =
    addresses.find(({ family }) => family === 'IPv4') ?? addresses.find(({ scopeid }) => !scopeid);
  if (!found) return null;
  return { localAddress: found.address, family: found.family === 'IPv4' ? 4 : 6 };
}

type ConnectionOptions = Parameters<HttpAgent['createConnection']>[0];
type Connected = NonNullable<Parameters<HttpAgent['createConnection']>[1]>;

/** Why there is no connection is told as any failed connection is. */
function refuse(name: string, connected: Connected | undefined): null {
  const message = `the network interface ${name} has no address; is the cable in, and [uplink] interface right`;
  connected?.(new Error(message), new Duplex());
  return null;
}

class BoundHttpAgent extends HttpAgent {
  private readonly interfaceName: string;

  constructor(options: AgentOptions, interfaceName: string) {
    super(options);
    this.interfaceName = interfaceName;
  }

  override createConnection(options: ConnectionOptions, connected?: Connected): Duplex | null | undefined {
    const from = addressOf(this.interfaceName);
    if (from === null) return refuse(this.interfaceName, connected);
    return super.createConnection({ ...options, ...from }, connected);
  }
}

class BoundHttpsAgent extends HttpsAgent {
  private readonly interfaceName: string;

  constructor(options: AgentOptions, interfaceName: string) {
    super(options);
    this.interfaceName = interfaceName;
  }

  override createConnection(options: ConnectionOptions, connected?: Connected): Duplex | null | undefined {
    const from = addressOf(this.interfaceName);
    if (from === null) return refuse(this.interfaceName, connected);
    return super.createConnection({ ...options, ...from }, connected);
  }
}
