import type { TomlTable } from './toml-faults.ts';

/* The [[detector]] tables of hub.toml. */

export type DetectorProtocol = 'stream-v2';

export interface DetectorConfig {
  name: string;
  protocol: DetectorProtocol;
  mode: 'connect' | 'bind';
  endpoints: readonly string[];
  /** Used for series whose start message was missed or carries none. */
  serialNumber: string | null;
  /** Least time without images after which a started series counts as ended; 20 frame times when that is longer. */
  seriesTimeoutMs: number;
  /** Least time to wait for the first image after a start message: an armed detector may wait for its trigger. */
  armedTimeoutMs: number;
}

function endpointFault(endpoint: unknown, mode: unknown): string | null {
  if (typeof endpoint !== 'string') return 'must be a list of texts such as "tcp://10.0.0.5:31001"';
  const match = /^tcp:\/\/(\[[0-9a-fA-F:]+\]|\*|[A-Za-z0-9._-]+):(\d{1,5})$/.exec(endpoint);
  if (!match || Number(match[2]) < 1 || Number(match[2]) > 65535) {
    return `"${endpoint}" is no address such as "tcp://10.0.0.5:31001"`;
  }
  return match[1] === '*' && mode !== 'bind' ? `"${endpoint}": * is for mode = "bind" only` : null;
}

/** One [[detector]] table; what is wrong with it goes to the table's faults. `taken`: names of the detectors before it. */
export function readDetector(table: TomlTable, taken: Set<string>): DetectorConfig {
  const name = table.text('name') ?? '';
  if (name === '' && table.has('name')) table.fault('name', 'must not be empty');
  if (name.length > 200) table.fault('name', 'must have at most 200 characters');
  if (taken.has(name)) table.fault('name', `"${name}" is used twice; each detector needs its own name`);
  taken.add(name);
  const mode = table.choice('mode', ['connect', 'bind'] as const, 'connect');
  const endpoints = table.list('endpoints') ?? [];
  if (table.has('endpoints') && (endpoints.length === 0 || endpoints.length > 64)) {
    table.fault('endpoints', 'must list 1 to 64 addresses');
  }
  for (const endpoint of endpoints) {
    const fault = endpointFault(endpoint, mode);
    if (fault) table.fault('endpoints', fault);
  }
  const detector: DetectorConfig = {
    name,
    protocol: table.choice('protocol', ['stream-v2'] as const, null),
    mode,
    endpoints: endpoints.filter((endpoint) => typeof endpoint === 'string'),
    serialNumber: table.text('serial_number', null),
    seriesTimeoutMs: 1000 * table.number('series_timeout_s', 0.1, 86_400, 60),
    armedTimeoutMs: 1000 * table.number('armed_timeout_s', 0.1, 864_000, 3600),
  };
  table.finish();
  return detector;
}
