import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { TLSSocket } from 'node:tls';
import type { AgentConfig } from '../agent/agent-config.ts';
import { uplinkAgents } from '../agent/uplink-agents.ts';
import type { UplinkConfig } from '../agent/uplink-config.ts';
import type { LocalStatus } from '../local/local-control.ts';
import { type Finding, TIMEOUT_MS } from './check-agent.ts';

/* The ways from this machine: who has to be reached, and whether they can be. */

export interface Way {
  url: string;
  who: 'server' | 'data server' | 'S3 store';
}

/** Whom an agent sends to; where its bytes go is told by the server to the running one. */
export function waysOf(
  { serverUrl }: Pick<AgentConfig, 'serverUrl'>,
  running: Pick<LocalStatus, 'storeOrigins'> | null,
): Way[] {
  const [dataServer, ...buckets] = running?.storeOrigins ?? [];
  const ways: Way[] = [{ url: serverUrl, who: 'server' }];
  if (dataServer !== undefined && dataServer !== new URL(serverUrl).origin) {
    ways.push({ url: dataServer, who: 'data server' });
  }
  return [...ways, ...buckets.map((url) => ({ url, who: 'S3 store' }) as const)];
}

const UNTRUSTED =
  'its certificate is signed by an authority that this machine does not trust: give the certificate of that authority as "ca" under [uplink]';
/** Codes of OpenSSL and Node for certificates that are refused, and what to do. */
const CERTIFICATE_FAULTS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired: have it renewed, or set the clock of this machine',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: is the clock of this machine right?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name: use that name, or have it renewed',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
};

/** Certificates are renewed before they come this near to their end. */
const LAST_DAYS = 7;
const DAY_MS = 86_400_000;
/** Further apart, what belongs to whom is doubtful at a switch; the cockpit has an alarm for it. */
const CLOCK_MS = 1000;

interface Heard {
  answer: IncomingMessage;
  /** Wall clock in the middle of the round trip, and half of it. */
  atMs: number;
  doubtMs: number;
}

/** Asks for the front page, the configured way; `read` while the connection stands. Rejects with what Node says. */
function ask<T>(url: string, uplink: UplinkConfig, read: (heard: Heard) => T): Promise<T> {
  const agents = uplinkAgents(uplink);
  const isSecure = url.startsWith('https:');
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const sentMs = Date.now();
  const steadyMs = performance.now();
  return new Promise<T>((resolve, reject) => {
    const options = { agent: isSecure ? agents.https : agents.http, signal };
    const request = (isSecure ? httpsRequest : httpRequest)(url, options, (answer) => {
      const doubtMs = (performance.now() - steadyMs) / 2;
      resolve(read({ answer, atMs: sentMs + doubtMs, doubtMs }));
    });
    request.on('error', reject);
    request.end();
  }).finally(() => {
    agents.http.destroy();
    agents.https.destroy();
  });
}

/** What the answer's connection says of who is there; null over plain HTTP. */
function certificateOf({ socket }: IncomingMessage, host: string): Finding | null {
  if (!(socket instanceof TLSSocket)) return null;
  const { valid_to: validTo, issuer } = socket.getPeerCertificate();
  const endMs = Date.parse(validTo);
  const until = new Date(endMs).toISOString().slice(0, 10);
  if (endMs - Date.now() < LAST_DAYS * DAY_MS) {
    return { ok: false, text: `the certificate of ${host} ends on ${until}: have it renewed` };
  }
  const by = issuer.O ?? issuer.CN;
  return { ok: true, text: `the certificate of ${host} is valid until ${until}, issued by ${by}` };
}

/** Our clock against that of the answer, which tells whole seconds (RFC 9110 §6.6.1); null where it tells none. */
function clockOf({ answer, atMs, doubtMs }: Heard, host: string): Finding | null {
  const told = Date.parse(answer.headers.date ?? '');
  if (Number.isNaN(told)) return null;
  const offsetMs = told + 500 - atMs;
  const apartMs = Math.abs(offsetMs);
  const mostDoubtMs = doubtMs + 500;
  if (apartMs > CLOCK_MS + mostDoubtMs) {
    const side = offsetMs > 0 ? 'behind' : 'ahead of';
    const text = `the clock of this machine is ${Math.round(apartMs / 1000)} s ${side} that of ${host}: have both set by NTP`;
    return { ok: false, text };
  }
  const most = Math.ceil((apartMs + mostDoubtMs) / 1000);
  return { ok: true, text: `the clocks of this machine and of ${host} are less than ${most} s apart` };
}

function whyNot(error: unknown): string {
  const { code = '', name, message } = error as NodeJS.ErrnoException;
  if (name === 'AbortError' || name === 'TimeoutError') {
    return `no answer within ${TIMEOUT_MS / 1000} s; does a firewall let it through?`;
  }
  return CERTIFICATE_FAULTS[code] ?? (message || String(error));
}

/** Whether somebody answers there the configured way, by which certificate, and how far the clocks are apart. */
export async function checkWay({ url, who }: Way, uplink: UplinkConfig): Promise<Finding[]> {
  const { host } = new URL(url);
  try {
    return await ask(url, uplink, (heard) => {
      const status = heard.answer.statusCode ?? 0;
      const answered = { ok: status < 500, text: `the ${who}, ${url}, answers (HTTP ${status})` };
      return [answered, certificateOf(heard.answer, host), clockOf(heard, host)].filter(
        (one) => one !== null,
      );
    });
  } catch (error) {
    return [{ ok: false, text: `the ${who} cannot be reached: ${host}: ${whyNot(error)}` }];
  }
}

/** All of them, one after the other. */
export async function checkWays(
  config: Pick<AgentConfig, 'serverUrl' | 'uplink'>,
  running: Pick<LocalStatus, 'storeOrigins'> | null,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const way of waysOf(config, running)) findings.push(...(await checkWay(way, config.uplink)));
  return findings;
}
