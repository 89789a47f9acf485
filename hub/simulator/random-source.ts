/**
 * Seeded randomness of the simulator: the same seed gives the same beamline, sample for sample and count for count.
 * Generator: sfc32 (Doty-Humphrey, PractRand), 128 bits of state, a handful of 32-bit operations per number.
 */
export class RandomSource {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(seed: number, stream = 0) {
    this.a = seed | 0;
    this.b = stream | 0;
    this.c = (seed / 2 ** 32) | 0;
    // The first outputs still show the seed.
    for (let i = 0; i < 15; i++) this.next32();
  }

  /** 32 random bits as a signed integer. */
  next32(): number {
    const t = (this.a + this.b + this.counter++) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + t) | 0;
    return t;
  }

  /** In [0, 1). */
  uniform(): number {
    return (this.next32() >>> 0) / 2 ** 32;
  }

  integer(below: number): number {
    return Math.floor(this.uniform() * below);
  }

  /** Standard normal (Box and Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }
}

/** A well mixed 32-bit hash of integers (MurmurHash3 finaliser), for values that belong to an index, not to a sequence. */
export function hashIntegers(...values: readonly number[]): number {
  let hash = 0x9e3779b9;
  for (const value of values) {
    hash = Math.imul(hash ^ value, 0x85ebca6b);
    hash ^= hash >>> 13;
    hash = Math.imul(hash, 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}
