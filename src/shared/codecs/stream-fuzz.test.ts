import { expect, it } from 'vitest';
import { type FuzzCount, fuzzCbor, fuzzStreamV1, fuzzStreamV2 } from '../../testing/stream-fuzz.ts';

const INPUTS = 5000;
const SEED = 20_261_121;

it.each<[string, (inputs: number, seed: number) => FuzzCount]>([
  ['CBOR', fuzzCbor],
  ['Stream V1', fuzzStreamV1],
  ['Stream V2', fuzzStreamV2],
])('%s: nonsense is refused or read, never anything else', (_, fuzz) => {
  const { accepted, refused } = fuzz(INPUTS, SEED);
  expect(accepted + refused).toBe(INPUTS);
  // Inputs that are all refused, or none, would test little.
  expect(accepted).toBeGreaterThan(INPUTS / 20);
  expect(refused).toBeGreaterThan(INPUTS / 20);
});
