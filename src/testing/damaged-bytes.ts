/*
 * Seeded damage for parsers and decoders: the same seed gives the same inputs, so that a failure repeats. Unit tests take a few
 * thousand, the long run a hundred thousand and more.
 */

/** Small deterministic generator (mulberry32) of numbers in [0, 1). */
export function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Damage = (bytes: Uint8Array, random: () => number) => Uint8Array;

const anywhere = (bytes: Uint8Array, random: () => number) => Math.floor(random() * bytes.length);

const DAMAGES: readonly Damage[] = [
  // A byte set to anything, or to a value that lengths and escapes turn on.
  (bytes, random) => {
    const changed = bytes.slice();
    const special = [0, 1, 0x7f, 0x80, 0xff];
    for (let n = 1 + Math.floor(random() * 6); n > 0 && changed.length > 0; n--) {
      const value = random() < 0.5 ? special[Math.floor(random() * special.length)]! : random() * 256;
      changed[anywhere(changed, random)] = value;
    }
    return changed;
  },
  // The same near the start, where headers are.
  (bytes, random) => {
    const changed = bytes.slice();
    for (let n = 1 + Math.floor(random() * 3); n > 0 && changed.length > 0; n--) {
      changed[Math.floor(random() * Math.min(64, changed.length))] = random() * 256;
    }
    return changed;
  },
  // Cut off.
  (bytes, random) => bytes.slice(0, anywhere(bytes, random)),
  // A piece taken out.
  (bytes, random) => {
    const from = anywhere(bytes, random);
    const to = Math.min(bytes.length, from + 1 + Math.floor(random() * 40));
    return concatenate(bytes.subarray(0, from), bytes.subarray(to));
  },
  // A piece put in twice.
  (bytes, random) => {
    const from = anywhere(bytes, random);
    const to = Math.min(bytes.length, from + 1 + Math.floor(random() * 40));
    return concatenate(bytes.subarray(0, to), bytes.subarray(from));
  },
  // One bit.
  (bytes, random) => {
    const changed = bytes.slice();
    if (changed.length > 0) {
      const at = anywhere(changed, random);
      changed[at] = changed[at]! ^ (1 << Math.floor(random() * 8));
    }
    return changed;
  },
];

function concatenate(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** `count` damaged versions of the samples, each damaged one to three times. */
export function* damagedBytes(
  samples: readonly Uint8Array[],
  count: number,
  seed: number,
): Generator<Uint8Array> {
  const random = randomSource(seed);
  for (let n = 0; n < count; n++) {
    let bytes = samples[Math.floor(random() * samples.length)]!;
    for (let times = 1 + Math.floor(random() * 3); times > 0; times--) {
      bytes = DAMAGES[Math.floor(random() * DAMAGES.length)]!(bytes, random);
    }
    yield bytes;
  }
}
