import { AgentConfigError } from '#hub/agent/agent-config.ts';
import { parseHubConfig } from '#hub/agent/config.ts';
import { damagedBytes, randomSource } from '#src/testing/damaged-bytes.ts';
import type { FuzzCount } from '#src/testing/stream-fuzz.ts';

const SAMPLE = `server = "https://beamdeck.example.org"
licence_file = "licence.json"
state_dir = "state"
log_level = "info"

[buffer]
dir = ""
max_bytes = "2 GiB"

[upload]
concurrency = 4
part_bytes = "8 MiB"

[landing]
path = "/data/landing"
settle_s = 2
include = ["**/*.cbf", "**/*.h5"]

[[detector]]
name = "eiger"
protocol = "stream-v2"
mode = "connect"
endpoints = ["tcp://10.0.0.5:31001"]
series_timeout_s = 60
`;

/** Values that a reader of a key may not expect. */
const ODD = [
  ...['1979-05-27T07:32:00Z', 'inf', '-nan', '0xFFFFFFFFFFFF', '-1', '1e308', 'true', '[]', '[[[]]]', '{}'],
  ...['{ a.b = 1 }', '""', `"${'x'.repeat(5000)}"`, '"\\u0000"', '"../../etc"', "'''\n'''", '[1, "a", {}]'],
];
const KEYS = [
  '__proto__',
  'constructor',
  'detector',
  'buffer',
  'landing',
  'folder',
  'server',
  'a.b.c',
  '"\\u0000"',
];

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** hub.toml, damaged as bytes and with values of other kinds. Throws when reading it throws anything but the list of its faults. */
export function fuzzToml(inputs: number, seed: number): FuzzCount {
  const random = randomSource(seed);
  const pick = <T>(among: readonly T[]) => among[Math.floor(random() * among.length)]!;
  const lines = SAMPLE.split('\n');
  const oddLines = () => {
    const changed = [...lines];
    for (let n = 1 + Math.floor(random() * 3); n > 0; n--) {
      const at = Math.floor(random() * changed.length);
      const key = random() < 0.7 ? changed[at]!.split(' = ')[0]! : pick(KEYS);
      changed.splice(at, random() < 0.7 ? 1 : 0, random() < 0.1 ? `[${key}]` : `${key} = ${pick(ODD)}`);
    }
    return changed.join('\n');
  };
  const whole = utf8.encode(SAMPLE);
  const count: FuzzCount = { accepted: 0, refused: 0 };
  for (let input = 0; input < inputs; input++) {
    const [bytes] = damagedBytes([whole], 1, Math.floor(random() * 2 ** 31));
    const toml = random() < 0.5 ? text.decode(bytes) : oddLines();
    try {
      parseHubConfig(toml, '/nowhere/hub.toml');
      count.accepted++;
    } catch (error) {
      if (!(error instanceof AgentConfigError))
        throw new Error(`hub.toml input ${input} of seed ${seed}: ${String(error)}\n${toml}`, {
          cause: error,
        });
      count.refused++;
    }
  }
  return count;
}
