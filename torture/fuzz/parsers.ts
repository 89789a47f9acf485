import { type FuzzCount, fuzzCbor, fuzzStreamV1, fuzzStreamV2 } from '#src/testing/stream-fuzz.ts';
import { fuzzToml } from './config-fuzz.ts';
import { fuzzCbf } from './file-fuzz.ts';
import { fuzzPaths } from './path-fuzz.ts';

/** Everything that reads what strangers send, with the generator of its nonsense. */
export const PARSERS = {
  CBOR: fuzzCbor,
  'Stream V1': fuzzStreamV1,
  'Stream V2': fuzzStreamV2,
  CBF: fuzzCbf,
  TOML: fuzzToml,
  paths: fuzzPaths,
} satisfies Record<string, (inputs: number, seed: number) => FuzzCount>;

export type FuzzedParser = keyof typeof PARSERS;
