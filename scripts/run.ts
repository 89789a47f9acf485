import { ClearFault, explain } from './lib/clear-fault.ts';
import { STAGES } from './stages/all-stages.ts';
import { stopStages } from './stages/stage.ts';
import { generateMigration } from './stages/static-stages.ts';

/** `npm run typecheck`, `lint`, `unit` …: one stage alone; further arguments go to its tool (`npm run unit -- src/shared`). */

const ALIASES: Record<string, string> = { typecheck: 'types', e2e: 'journeys' };

async function main(): Promise<number> {
  const [wanted = '', ...args] = process.argv.slice(2);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stopStages);
  process.on('disconnect', stopStages);
  process.channel?.unref();
  if (wanted === 'db:generate') return (await generateMigration(args)).code;
  const name = ALIASES[wanted] ?? wanted;
  const stage = STAGES.find((each) => each.name === name);
  if (!stage)
    throw new ClearFault(
      `There is no stage "${wanted}": choose from ${STAGES.map((each) => each.name).join(', ')}.`,
    );
  const { passed, failed, skipped } = await stage.run(args);
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  return failed > 0 ? 1 : 0;
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`beamdeck: ${explain(error, 'running').message}\n`);
  process.exit(1);
}
