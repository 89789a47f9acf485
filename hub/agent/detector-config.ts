import { MIB, parseByteSize } from './byte-size.ts';
import type { TomlTable } from './toml-faults.ts';

/* The [[detector]] tables of hub.toml. */

export const DETECTOR_PROTOCOLS = ['stream-v1', 'stream-v2'] as const;
export type DetectorProtocol = (typeof DETECTOR_PROTOCOLS)[number];
const MODES = ['connect', 'bind'] as const;
const MAX_ENDPOINTS = 64;

/** Where every message of a detector is sent on to. */
export interface RepublishConfig {
  endpoint: string;
  mode: (typeof MODES)[number];
  /** Messages that wait for the consumer are held up to both limits. */
  maxBytes: number;
  maxMessages: number;
}

export interface DetectorConfig {
  name: string;
  protocol: DetectorProtocol;
  mode: (typeof MODES)[number];
  endpoints: readonly string[];
  /** PUB socket on which the source tells what it found in the images (Jungfraujoch); null = none is listened to. */
  metadata: string | null;
  /** Sockets of the source that share one stream, each with a start and an end of its own; null = not known. */
  senders: number | null;
  /** HUBs that receive parts of every series, each whole data files of it (a source that splits by file number). */
  splitOver: number;
  /** Used for series whose start message was missed or carries none. */
  serialNumber: string | null;
  /** Least time without images after which a started series counts as ended; 20 frame times when that is longer. */
  seriesTimeoutMs: number;
  /** Least time to wait for the first image after a start message: an armed detector may wait for its trigger. */
  armedTimeoutMs: number;
  republish: RepublishConfig | null;
}

function endpointFault(endpoint: unknown, mode: unknown): string | null {
  if (typeof endpoint !== 'string') return 'must be a list of texts such as "tcp://10.0.0.5:31001"';
  const match = /^tcp:\/\/(\[[0-9a-fA-F:]+\]|\*|[A-Za-z0-9._-]+):(\d{1,5})$/.exec(endpoint);
  if (!match || Number(match[2]) < 1 || Number(match[2]) > 65535) {
    return `"${endpoint}" is no address such as "tcp://10.0.0.5:31001"`;
  }
  return match[1] === '*' && mode !== 'bind' ? `"${endpoint}": * is for mode = "bind" only` : null;
}

function readMetadata(table: TomlTable, protocol: DetectorProtocol): string | null {
  const metadata = table.text('metadata', null);
  if (metadata === null) return null;
  const fault =
    protocol === 'stream-v1'
      ? 'must be left out for "stream-v1": it has none'
      : endpointFault(metadata, 'connect');
  if (fault) table.fault('metadata', fault);
  return metadata;
}

function readRepublish(table: TomlTable): RepublishConfig {
  const mode = table.choice('mode', MODES, 'bind');
  const endpoint = table.text('endpoint') ?? '';
  const fault = table.has('endpoint') ? endpointFault(endpoint, mode) : null;
  if (fault) table.fault('endpoint', fault);
  const maxBytes = parseByteSize(table.value('max_bytes', '256 MiB'));
  if (maxBytes === null || maxBytes < MIB) {
    table.fault('max_bytes', 'must be a size of at least 1 MiB such as "256 MiB"');
  }
  const maxMessages = table.integer('max_messages', 1, 1_000_000, 10_000);
  table.finish();
  return { endpoint, mode, maxBytes: maxBytes ?? 0, maxMessages };
}

/** Null = binding without a word about it: any number may connect. */
function readSenders(table: TomlTable, protocol: DetectorProtocol, endpoints: number): number | null {
  const fallback = table.value('mode', 'connect') === 'bind' ? null : Math.max(1, endpoints);
  const senders = table.has('senders') ? table.integer('senders', 1, 256, 1) : fallback;
  if (protocol === 'stream-v2') return senders;
  if (endpoints > 1) table.fault('endpoints', 'must list one address for "stream-v1": it has one sender');
  if (table.has('senders') && senders !== 1) table.fault('senders', 'must be 1 for "stream-v1"');
  return 1;
}

function readSplit(table: TomlTable, protocol: DetectorProtocol): number {
  const splitOver = table.integer('split_over', 1, 64, 1);
  if (protocol === 'stream-v1' && splitOver > 1) {
    table.fault('split_over', 'must be 1 for "stream-v1": it has one sender');
  }
  return splitOver;
}

/** One [[detector]] table; what is wrong with it goes to the table's faults. `taken`: names of the detectors before it. */
export function readDetector(table: TomlTable, taken: Set<string>): DetectorConfig {
  const name = table.text('name') ?? '';
  if (name === '' && table.has('name')) table.fault('name', 'must not be empty');
  if (name.length > 200) table.fault('name', 'must have at most 200 characters');
  if (taken.has(name)) table.fault('name', `"${name}" is used twice; each detector needs its own name`);
  taken.add(name);
  const protocol = table.choice('protocol', DETECTOR_PROTOCOLS, null);
  const mode = table.choice('mode', MODES, 'connect');
  const endpoints = table.list('endpoints') ?? [];
  if (table.has('endpoints') && (endpoints.length === 0 || endpoints.length > MAX_ENDPOINTS)) {
    table.fault('endpoints', `must list 1 to ${MAX_ENDPOINTS} addresses`);
  }
  for (const endpoint of endpoints) {
    const fault = endpointFault(endpoint, mode);
    if (fault) table.fault('endpoints', fault);
  }
  const detector: DetectorConfig = {
    name,
    protocol,
    mode,
    endpoints: endpoints.filter((endpoint) => typeof endpoint === 'string'),
    metadata: readMetadata(table, protocol),
    senders: readSenders(table, protocol, endpoints.length),
    splitOver: readSplit(table, protocol),
    serialNumber: table.text('serial_number', null),
    seriesTimeoutMs: 1000 * table.number('series_timeout_s', 0.1, 86_400, 60),
    armedTimeoutMs: 1000 * table.number('armed_timeout_s', 0.1, 864_000, 3600),
    republish: table.has('republish') ? readRepublish(table.table('republish')) : null,
  };
  table.finish();
  return detector;
}
