import { tokenFromEnvironment } from '../../agent/config.ts';
import { say } from '../../cli/command-line.ts';
import { inBytes } from '../../cli/show-status.ts';
import { USAGE } from '../usage.ts';
import { readPullOrder } from './pull-options.ts';
import { type PullOrder, type PullOutcome, type PullSums, runPull } from './pull-run.ts';

const PROGRESS_MS = 500;
/** To the beginning of the line, and clear it (ECMA-48, CR and EL). */
const CLEAR = '\r\u001b[K';
/** What shells say of a program that Ctrl-C ended. */
const STOPPED = 130;

const inFiles = (count: number) => (count === 1 ? '1 file' : `${count} files`);

/** What was done, in one line. */
export function summaryOf(
  { experiment, dir }: Pick<PullOrder, 'experiment' | 'dir'>,
  sums: PullSums,
): string {
  const { fetchedFiles, fetchedBytes, hereFiles, failedFiles } = sums;
  const failed = failedFiles === 0 ? 'none failed' : `${failedFiles} failed (named above)`;
  return `${experiment} to ${dir}: ${inFiles(fetchedFiles)} fetched (${inBytes(fetchedBytes)} came), ${hereFiles} here already, ${failed}.`;
}

export function exitCodeOf({ ended, wasStopped, failedFiles }: PullOutcome): number {
  if (ended !== null) return 1;
  if (wasStopped) return STOPPED;
  return failedFiles > 0 ? 1 : 0;
}

/** Faults go to stderr, each on its line; how far it is only to a terminal. */
class PullScreen {
  private readonly isTerminal = process.stderr.isTTY === true;
  private readonly startedMs = performance.now();
  private drawnMs = Number.NEGATIVE_INFINITY;

  tell(sentence: string): void {
    this.clear();
    process.stderr.write(`${sentence}\n`);
  }

  progress({ fetchedFiles, fetchedBytes, hereFiles }: PullSums): void {
    const now = performance.now();
    if (!this.isTerminal || now - this.drawnMs < PROGRESS_MS) return;
    this.drawnMs = now;
    const rate = inBytes((1000 * fetchedBytes) / Math.max(1, now - this.startedMs));
    const line = `${inFiles(fetchedFiles)} fetched, ${inBytes(fetchedBytes)}, ${rate}/s, ${hereFiles} here already`;
    process.stderr.write(CLEAR + line.slice(0, (process.stderr.columns ?? 80) - 1));
  }

  clear(): void {
    if (this.isTerminal && this.drawnMs > Number.NEGATIVE_INFINITY) process.stderr.write(CLEAR);
  }
}

/** `beamdeck-sync pull`: sets the exit code. Throws CommandFault, AgentConfigError for what is wrong with the command. */
export async function pull(args: readonly string[]): Promise<void> {
  const order = readPullOrder(args, tokenFromEnvironment());
  if (order === null) return say(USAGE.trimEnd());
  const screen = new PullScreen();
  const stopping = new AbortController();
  // A second signal ends the process at once.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const outcome = await runPull(order, screen, stopping.signal);
  if (outcome.ended !== null) screen.tell(outcome.ended);
  screen.clear();
  say(summaryOf(order, outcome));
  if (outcome.wasStopped) say('Stopped before all files were here; the same command goes on from there.');
  process.exitCode = exitCodeOf(outcome);
}
