import { fork } from 'node:child_process';
import path from 'node:path';
import { type FuzzedParser, PARSERS } from './parsers.ts';

/** A batch of a thousand inputs that takes longer has hung: they take a second at most. */
const HANG_MS = 60_000;
/** Code that is compiled late takes some; a leak of ten bytes per input would be more. */
const GROWTH_BYTES = 16 * 1024 * 1024;
/** Memory counts from here: what is read and compiled once is there by then. */
const WARM_INPUTS = 10_000;

export interface FuzzResult {
  parser: FuzzedParser;
  inputs: number;
  accepted: number;
  refused: number;
  /** Between the first inputs and the last. */
  grownBytes: number;
  /** What went wrong; null when nothing did. */
  fault: string | null;
}

interface Progress {
  done: number;
  accepted: number;
  refused: number;
  usedBytes: number;
}

/** Gives a parser so many nonsensical inputs: no crash, no hang, no growth. */
function fuzzOne(parser: FuzzedParser, inputs: number, seed: number): Promise<FuzzResult> {
  const child = fork(path.join(import.meta.dirname, 'fuzz-process.ts'), [parser, `${inputs}`, `${seed}`], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let last: Progress = { done: 0, accepted: 0, refused: 0, usedBytes: 0 };
  let warmBytes: number | null = null;
  let words = '';
  let hung = false;
  const hang = () => {
    hung = true;
    child.kill('SIGKILL');
  };
  let patience = setTimeout(hang, HANG_MS);
  child.stderr!.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-4000);
  });
  child.on('message', (progress: Progress) => {
    clearTimeout(patience);
    patience = setTimeout(hang, HANG_MS);
    last = progress;
    if (warmBytes === null && progress.done >= Math.min(WARM_INPUTS, inputs / 2))
      warmBytes = progress.usedBytes;
  });
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      clearTimeout(patience);
      const grownBytes = last.usedBytes - (warmBytes ?? last.usedBytes);
      let fault: string | null = null;
      if (hung) fault = `hung after ${last.done} inputs`;
      else if (code !== 0)
        fault = `${signal ?? `exit code ${code}`} after ${last.done} inputs: ${words.trim()}`;
      else if (grownBytes > GROWTH_BYTES) fault = `its memory grew by ${grownBytes} bytes`;
      resolve({
        parser,
        inputs: last.done,
        accepted: last.accepted,
        refused: last.refused,
        grownBytes,
        fault,
      });
    });
  });
}

/** All parsers, one after the other. */
export async function runFuzz(
  inputs: number,
  seed: number,
  say: (line: string) => void,
): Promise<FuzzResult[]> {
  const results: FuzzResult[] = [];
  for (const parser of Object.keys(PARSERS) as FuzzedParser[]) {
    const result = await fuzzOne(parser, inputs, seed);
    results.push(result);
    const counts = `${result.inputs} inputs, ${result.accepted} read, ${result.refused} refused, memory ${(result.grownBytes / 1e6).toFixed(1)} MB more`;
    say(`${parser.padEnd(10)} ${result.fault === null ? 'passed' : `failed  ${result.fault}`}   ${counts}`);
  }
  return results;
}
