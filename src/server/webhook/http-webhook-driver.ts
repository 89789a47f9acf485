import dns from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { networkList } from '../config/network-list.ts';
import { isPublicAddress } from './public-address.ts';
import type { PostOutcome, WebhookDriver } from './webhook.port.ts';

/** From the look-up of the name to the end of the answer. */
const ANSWER_MS = 15_000;
/** Of an answer that many characters are kept. */
const ANSWER_LENGTH = 300;

class Forbidden extends Error {}

const notPermitted = (host: string) =>
  new Forbidden(
    `${host} is an address of this machine or of a private network: nothing is posted there unless the operator of Beamdeck permits that network (BEAMDECK_WEBHOOK_NETWORKS).`,
  );

type MayReach = (address: string) => boolean;
/** All addresses that a name stands for, as `dns.lookup` gives them. */
type LookUp = (
  hostname: string,
  options: dns.LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, addresses: dns.LookupAddress[]) => void,
) => void;

/**
 * Looks a name up and refuses it when any of its addresses may not be reached. The connection is made to what is returned here, so that a name which leads
 * elsewhere a moment later (DNS rebinding) gains nothing.
 */
const lookupWithin =
  (mayReach: MayReach, lookUp: LookUp): LookupFunction =>
  (hostname, options, done) => {
    lookUp(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, '', 0);
      if (addresses.length === 0 || addresses.some(({ address }) => !mayReach(address))) {
        return done(notPermitted(hostname), '', 0);
      }
      if (options.all) return done(null, addresses);
      const [{ address, family }] = addresses as [dns.LookupAddress];
      done(null, address, family);
    });
  };

/** What of an answer is kept, as one line. */
const firstLine = (text: string) =>
  text
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, ANSWER_LENGTH);

async function beginningOf(response: http.IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    text += chunk;
    if (text.length > ANSWER_LENGTH) break;
  }
  return firstLine(text);
}

export interface HttpWebhookSettings {
  /** For a demo: over HTTP and to this machine too. */
  allowLocal: boolean;
  /** Addresses and networks (`10.20.0.0/16`) that may be reached beside the public internet. */
  networks: readonly string[];
  /** How names are looked up. */
  lookUp?: LookUp;
}

/** Posts over HTTPS to public addresses and to the networks that are named. Redirections are not followed. */
export function createHttpWebhookDriver({
  allowLocal,
  networks,
  lookUp = dns.lookup,
}: HttpWebhookSettings): WebhookDriver {
  const isNamed = networkList(networks);
  const mayReach: MayReach = (address) => isPublicAddress(address) || isNamed(address);

  function send(
    url: URL,
    body: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<http.IncomingMessage> {
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      agent: false,
      signal: AbortSignal.timeout(ANSWER_MS),
      ...(allowLocal ? {} : { lookup: lookupWithin(mayReach, lookUp) }),
    });
    return new Promise((resolve, reject) => {
      request.on('response', resolve);
      request.on('error', reject);
      request.end(body);
    });
  }

  return {
    async post({ url: address, body, headers }): Promise<PostOutcome> {
      try {
        const url = new URL(address);
        const host = url.hostname.replace(/^\[|\]$/g, '');
        // An address instead of a name is connected to without being looked up.
        const isAddress = /^[\d.]+$|:/.test(host);
        if (!allowLocal && url.protocol !== 'https:') throw new Forbidden('It does not begin with https://.');
        if (!allowLocal && isAddress && !mayReach(host)) throw notPermitted(host);
        const response = await send(url, body, headers);
        return { kind: 'answered', status: response.statusCode!, answer: await beginningOf(response) };
      } catch (error) {
        if (error instanceof Forbidden) return { kind: 'forbidden', reason: error.message };
        const { name, message, code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
        const isLate = name === 'TimeoutError' || name === 'AbortError';
        if (isLate)
          return { kind: 'unreachable', reason: `No answer within ${ANSWER_MS / 1000} s.`, code: 'TIMEOUT' };
        return { kind: 'unreachable', reason: firstLine(message) || code, code };
      }
    },
  };
}
