import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ClearFault, explain } from './lib/clear-fault.ts';
import { takeLock } from './lib/folder-lock.mjs';
import { STAGES } from './stages/all-stages.ts';
import { type Counts, oneFailed, ROOT, type Stage, stopStages, sum } from './stages/stage.ts';

/** `npm test [-- --only NAME,NAME]`: all stages, fast to slow. Prints last `N passed, N failed, N skipped`. */

function chosenStages(args: string[]): readonly Stage[] {
  const names = STAGES.map((stage) => stage.name).join(', ');
  let only: string | undefined;
  try {
    ({ only } = parseArgs({ args, options: { only: { type: 'string' } }, allowPositionals: false }).values);
  } catch (error) {
    throw new ClearFault(
      `${error instanceof Error ? error.message.split('. ')[0] : error}. The only option is --only with ${names}.`,
    );
  }
  if (only === undefined) return STAGES;
  const wanted = only.split(',');
  const unknown = wanted.filter((name) => !STAGES.some((stage) => stage.name === name));
  if (unknown.length > 0)
    throw new ClearFault(`There is no stage ${unknown.join(', ')}: choose from ${names}.`);
  return STAGES.filter((stage) => wanted.includes(stage.name));
}

async function main(): Promise<number> {
  const stages = chosenStages(process.argv.slice(2));
  const lock = takeLock(join(ROOT, '.data', 'lock', 'test.json'));
  if (lock.holder)
    throw new ClearFault(
      `Tests already run in this folder (process ${lock.holder.pid}): wait for them, or stop them.`,
    );
  let stopped = false;
  const stop = () => {
    stopped = true;
    stopStages();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  process.on('disconnect', stop);
  process.channel?.unref();
  const results: Counts[] = [];
  const rows: string[] = [];
  try {
    for (const stage of stages) {
      if (stopped) break;
      process.stdout.write(`\n── ${stage.title} ──\n`);
      const startedAt = Date.now();
      let counts: Counts;
      try {
        counts = await stage.run([]);
      } catch (error) {
        process.stdout.write(`${explain(error, `running ${stage.title}`).message}\n`);
        counts = oneFailed;
      }
      results.push(counts);
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(0);
      rows.push(
        `  ${stage.title.padEnd(34)} ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped  (${seconds} s)`,
      );
    }
  } finally {
    lock.release();
  }
  if (stopped) throw new ClearFault('The tests were stopped before their end.');
  const { passed, failed, skipped, failures = [] } = sum(results);
  if (failures.length > 0)
    process.stdout.write(`\nfailed, or passed only at the second try:\n  ${failures.join('\n  ')}\n`);
  process.stdout.write(`\n${rows.join('\n')}\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  return failed > 0 ? 1 : 0;
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`beamdeck: ${explain(error, 'testing').message}\n`);
  process.exit(1);
}
