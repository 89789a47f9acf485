import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import { z } from 'zod';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const LOOPBACK_HOSTS: readonly string[] = ['127.0.0.1', '::1', '[::1]', 'localhost'];
export const isLoopbackHost = (host: string): boolean => LOOPBACK_HOSTS.includes(host.toLowerCase());

export const databaseUrl = z.string().refine(
  (value) => {
    const url = URL.parse(value);
    return url !== null && (url.protocol === 'postgres:' || url.protocol === 'postgresql:');
  },
  { error: 'must be a PostgreSQL address such as postgres://user:password@host:5432/beamdeck' },
);

/** An http(s) origin. Plain HTTP only on loopback: session cookies and signed addresses must not cross a network in the clear. */
export const origin = z.string().transform((value, ctx): string => {
  const url = URL.parse(value);
  const web = url !== null && (url.protocol === 'http:' || url.protocol === 'https:');
  if (!web || url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '') {
    ctx.addIssue({
      code: 'custom',
      message: 'must be an origin such as https://beamdeck.example.org, without a path',
    });
    return z.NEVER;
  }
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    ctx.addIssue({ code: 'custom', message: 'must be https:// (plain http:// only for 127.0.0.1)' });
    return z.NEVER;
  }
  return url.origin;
});

export const wholeNumber = (least: number, most: number) =>
  z.string().transform((value, ctx): number => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < least || number > most) {
      ctx.addIssue({ code: 'custom', message: `must be a whole number from ${least} to ${most}` });
      return z.NEVER;
    }
    return number;
  });

export const absoluteFolder = z
  .string()
  .refine((value) => isAbsolute(value), { error: 'must be an absolute path' });
export const hostName = z
  .string()
  .regex(/^[A-Za-z0-9.:_-]+$/, 'must be a host name or an address to listen on');

/** An address, or a network as address and number of bits. */
function isAddressOrNetwork(text: string): boolean {
  const [address, bits, ...rest] = text.split('/') as [string, ...string[]];
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || address.includes('%')) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

export const addressList = z
  .string()
  .transform((value) => value.split(',').flatMap((entry) => entry.trim() || []))
  .refine((places) => places.every(isAddressOrNetwork), {
    error: 'must be addresses or networks with commas between, such as 127.0.0.1,10.0.0.0/8',
  });

export const directWays = z
  .string()
  .transform((value) => value.split(',').flatMap((entry) => entry.trim() || []))
  .pipe(z.array(z.enum(['reads', 'parts'], { error: "must be 'reads', 'parts' or 'reads,parts'" })));
