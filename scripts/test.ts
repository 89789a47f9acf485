import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ClearFault, explain } from './lib/clear-fault.ts';
import { takeLock } from './lib/folder-lock.mjs';
import { ROUNDS, STAGES } from './stages/all-stages.ts';
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

async function runStage(stage: Stage): Promise<{ counts: Counts; seconds: number }> {
  process.stdout.write(`\n── ${stage.title} ──\n`);
  const startedAt = Date.now();
  const counts = await stage.run([]).catch((error: unknown) => {
    process.stdout.write(`${explain(error, `running ${stage.title}`).message}\n`);
    return oneFailed;
  });
  return { counts, seconds: Math.round((Date.now() - startedAt) / 1000) };
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
  const results = new Map<Stage, { counts: Counts; seconds: number }>();
  const runLane = async (lane: readonly Stage[]) => {
    for (const stage of lane.filter((each) => stages.includes(each))) {
      if (stopped) break;
      results.set(stage, await runStage(stage));
    }
  };
  try {
    for (const lanes of ROUNDS) await Promise.all(lanes.map(runLane));
  } finally {
    lock.release();
  }
  if (stopped) throw new ClearFault('The tests were stopped before their end.');
  const rows = stages.map((stage) => {
    const { counts, seconds } = results.get(stage)!;
    return `  ${stage.title.padEnd(34)} ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped  (${seconds} s)`;
  });
  const { passed, failed, skipped, failures = [] } = sum([...results.values()].map(({ counts }) => counts));
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
