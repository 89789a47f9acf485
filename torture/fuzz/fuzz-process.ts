import { type FuzzedParser, PARSERS } from './parsers.ts';

/**
 * One parser in a process of its own: node --expose-gc fuzz-process.ts PARSER INPUTS SEED. Tells its parent after every batch how many
 * inputs are done and how much memory is in use after a collection, so that a hang and a leak are seen from outside.
 */

const BATCH = 1000;
const [, , parser, inputs, seed] = process.argv;

let accepted = 0;
let refused = 0;
for (let done = 0; done < Number(inputs); done += BATCH) {
  const count = PARSERS[parser as FuzzedParser](BATCH, Number(seed) + done);
  accepted += count.accepted;
  refused += count.refused;
  globalThis.gc!();
  const { heapUsed, arrayBuffers, external } = process.memoryUsage();
  process.send!({ done: done + BATCH, accepted, refused, usedBytes: heapUsed + arrayBuffers + external });
}
process.disconnect();
