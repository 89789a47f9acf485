import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseByteSize } from './byte-size.ts';
import type { TomlTable } from './toml-faults.ts';

/* The [uplink] table of hub.toml: the way to the server, and how fast it may be used. */

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** A limit for some hours; `to` not after `from`: until that time on the next day. Minutes since midnight. */
export interface RatePeriod {
  days: readonly Weekday[];
  from: number;
  to: number;
  maxRate: number;
}

export interface UplinkConfig {
  /** Name of a network interface, whose address connections come from; null = as the system chooses. */
  interface: string | null;
  /** http://[USER:PASSWORD@]HOST:PORT; null = none. Never used towards this machine itself. */
  proxy: string | null;
  /** PEM certificates that are trusted besides the system's; null = none. */
  ca: string | null;
  /** Bytes per second when no period of the schedule applies; null = as fast as it goes. */
  maxRate: number | null;
  /** The first that applies counts. */
  schedule: readonly RatePeriod[];
}

export const DIRECT_UPLINK: UplinkConfig = {
  interface: null,
  proxy: null,
  ca: null,
  maxRate: null,
  schedule: [],
};

/** A slower link could not even tell how it goes. */
const LEAST_RATE = 10_000;

function readRate(table: TomlTable): number | null {
  const rate = parseByteSize(table.value('max_rate', null));
  if (table.has('max_rate') && (rate === null || rate < LEAST_RATE)) {
    table.fault('max_rate', 'must be a size per second of at least 10 kB such as "20 MB"');
  }
  return rate;
}

function readTime(table: TomlTable, key: 'from' | 'to'): number {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$|^24:00$/.exec(table.text(key) ?? '');
  if (match) return match[1] === undefined ? 24 * 60 : 60 * Number(match[1]) + Number(match[2]);
  if (table.has(key)) table.fault(key, 'must be a time such as "08:00"');
  return 0;
}

function readPeriod(table: TomlTable): RatePeriod {
  const days = table.has('days') ? (table.list('days') ?? []) : [...WEEKDAYS];
  const known = WEEKDAYS.filter((day) => days.includes(day));
  if (known.length === 0 || known.length < days.length) {
    table.fault('days', `must list days: ${WEEKDAYS.map((day) => `"${day}"`).join(', ')}`);
  }
  const period = {
    days: known,
    from: readTime(table, 'from'),
    to: readTime(table, 'to'),
    maxRate: readRate(table),
  };
  if (!table.has('max_rate')) table.fault('max_rate', 'is missing: the limit in this time');
  table.finish();
  return { ...period, maxRate: period.maxRate ?? LEAST_RATE };
}

function readCertificates(table: TomlTable, folder: string): string | null {
  const file = table.text('ca', null);
  if (file === null) return null;
  try {
    const text = readFileSync(path.resolve(folder, file), 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
    table.fault('ca', `${file} holds no certificate: it must be PEM, with -----BEGIN CERTIFICATE-----`);
  } catch (error) {
    table.fault('ca', `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return null;
}

function readProxy(table: TomlTable): string | null {
  const proxy = table.text('proxy', null);
  if (proxy === null) return null;
  const url = URL.canParse(proxy) ? new URL(proxy) : null;
  if (url === null || url.protocol !== 'http:' || url.pathname !== '/') {
    table.fault(
      'proxy',
      'must be an address such as "http://proxy.example.org:3128", with USER:PASSWORD@ when it asks for them',
    );
  }
  return proxy;
}

/** @param folder relative paths count from it */
export function readUplink(table: TomlTable, folder: string): UplinkConfig {
  const uplink: UplinkConfig = {
    interface: table.text('interface', null),
    proxy: readProxy(table),
    ca: readCertificates(table, folder),
    maxRate: readRate(table),
    schedule: table.tables('schedule').map(readPeriod),
  };
  if (uplink.interface !== null && uplink.proxy !== null) {
    table.fault(
      'interface',
      'cannot be given together with proxy: the way to the proxy is the system’s choice',
    );
  }
  table.finish();
  return uplink;
}
