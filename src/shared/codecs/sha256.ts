/** SHA-256 (FIPS 180-4) in pieces: what browsers offer takes a file only whole. 100 MB/s and more on a core. */
const ROUNDS = new Int32Array(64);
const FIRST = new Int32Array(8);

/** "The first thirty-two bits of the fractional parts" of square and cube roots of the first primes (sections 4.2.2, 5.3.3). */
function fillConstants(): void {
  const fraction = (root: number) => ((root - Math.floor(root)) * 2 ** 32) >>> 0;
  const primes: number[] = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  for (const [index, prime] of primes.entries()) {
    ROUNDS[index] = fraction(prime ** (1 / 3));
    if (index < 8) FIRST[index] = fraction(Math.sqrt(prime));
  }
}
fillConstants();

const BLOCK_BYTES = 64;
const LENGTH_BYTES = 8;
const RUN_BYTES = 1024 * BLOCK_BYTES;

export class Sha256 {
  readonly #state = FIRST.slice();
  readonly #words = new Int32Array(64);
  readonly #rest = new Uint8Array(BLOCK_BYTES);
  #restBytes = 0;
  #totalBytes = 0;

  update(bytes: Uint8Array): this {
    this.#totalBytes += bytes.length;
    let at = 0;
    if (this.#restBytes > 0) {
      at = Math.min(BLOCK_BYTES - this.#restBytes, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#restBytes);
      this.#restBytes += at;
      if (this.#restBytes < BLOCK_BYTES) return this;
      this.#blocks(this.#rest, 0, BLOCK_BYTES);
      this.#restBytes = 0;
    }
    const end = at + Math.floor((bytes.length - at) / BLOCK_BYTES) * BLOCK_BYTES;
    // In short runs: one that goes on for megabytes is not compiled anew while it goes on, and stays several times slower.
    for (; at < end; at += RUN_BYTES) this.#blocks(bytes, at, Math.min(end, at + RUN_BYTES));
    this.#rest.set(bytes.subarray(end));
    this.#restBytes = bytes.length - end;
    return this;
  }

  /** 64 lower-case hex digits. Call once, at the end. */
  hex(): string {
    const zeros = (2 * BLOCK_BYTES - 1 - LENGTH_BYTES - this.#restBytes) % BLOCK_BYTES;
    const tail = new Uint8Array(1 + zeros + LENGTH_BYTES);
    tail[0] = 0x80;
    const length = new DataView(tail.buffer, 1 + zeros);
    length.setUint32(0, Math.floor(this.#totalBytes / 2 ** 29));
    length.setUint32(4, (this.#totalBytes * 8) >>> 0);
    this.update(tail);
    return Array.from(this.#state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  #blocks(bytes: Uint8Array, from: number, to: number): void {
    const words = this.#words;
    const state = this.#state;
    let a0 = state[0]!;
    let b0 = state[1]!;
    let c0 = state[2]!;
    let d0 = state[3]!;
    let e0 = state[4]!;
    let f0 = state[5]!;
    let g0 = state[6]!;
    let h0 = state[7]!;
    for (let at = from; at < to; at += BLOCK_BYTES) {
      for (let t = 0, i = at; t < 16; t++, i += 4) {
        words[t] = (bytes[i]! << 24) | (bytes[i + 1]! << 16) | (bytes[i + 2]! << 8) | bytes[i + 3]!;
      }
      for (let t = 16; t < 64; t++) {
        const x = words[t - 15]!;
        const y = words[t - 2]!;
        const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
        const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
        words[t] = words[t - 16]! + s0 + words[t - 7]! + s1;
      }
      let a = a0;
      let b = b0;
      let c = c0;
      let d = d0;
      let e = e0;
      let f = f0;
      let g = g0;
      let h = h0;
      for (let t = 0; t < 64; t++) {
        const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
        const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
        const one = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[t]! + words[t]!) | 0;
        const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g;
        g = f;
        f = e;
        e = (d + one) | 0;
        d = c;
        c = b;
        b = a;
        a = (one + two) | 0;
      }
      a0 = (a0 + a) | 0;
      b0 = (b0 + b) | 0;
      c0 = (c0 + c) | 0;
      d0 = (d0 + d) | 0;
      e0 = (e0 + e) | 0;
      f0 = (f0 + f) | 0;
      g0 = (g0 + g) | 0;
      h0 = (h0 + h) | 0;
    }
    state.set([a0, b0, c0, d0, e0, f0, g0, h0]);
  }
}
