import { expect, it } from 'vitest';
import { type FuzzedParser, PARSERS } from './parsers.ts';

const INPUTS = 2000;
const SEED = 7;

it.each(['CBF', 'TOML', 'paths'] satisfies FuzzedParser[])(
  '%s: nonsense is refused or read, never anything else',
  (name) => {
    const { accepted, refused } = PARSERS[name](INPUTS, SEED);
    expect(accepted + refused).toBe(INPUTS);
    // Inputs that are all refused, or none, would test little.
    expect(accepted).toBeGreaterThan(INPUTS / 50);
    expect(refused).toBeGreaterThan(INPUTS / 50);
  },
);
