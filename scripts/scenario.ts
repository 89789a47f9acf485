import path from 'node:path';
import { withConnection } from '#src/server/db/connection.ts';
import { als } from '../scenarios/als.ts';
import { histogram, percentile } from '../scenarios/histogram.ts';
import { micromax } from '../scenarios/micromax.ts';
import { p14 } from '../scenarios/p14.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { Trial } from '../torture/parts/trial.ts';
import { withInstallation } from '../torture/run-cases.ts';
import { ClearFault, explain } from './lib/clear-fault.ts';

/** `npm run scenario -- NAME`: a beamline played on an installation of its own. Prints what happened, a histogram, and one JSON line last. */

const SCENARIOS: readonly Scenario[] = [micromax, als, p14];

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Milliseconds from the last byte of each file at the beamline to the moment people can have it, sorted. */
async function latencies(trial: Trial, heldBack: readonly string[]): Promise<number[]> {
  const rows = await withConnection(trial.installation.demo.database, (client) =>
    client.query<{ path: string; ms: number }>(
      `select path, extract(epoch from committed_at - source_settled_at)::float8 * 1000 as ms
       from file where instrument_id = $1 and kind <> 'result' order by 2`,
      [trial.instrument.id],
    ),
  );
  const isHeld = (file: string) => heldBack.some((part) => file.includes(part));
  return rows.rows.filter((row) => !isHeld(row.path)).map(({ ms }) => ms);
}

async function play(scenario: Scenario, signal: AbortSignal): Promise<boolean> {
  let passed = false;
  await withInstallation({}, async (installation, folder) => {
    const trial = await Trial.begin(installation, {
      name: scenario.name,
      seed: 1,
      short: true,
      folder: path.join(folder, scenario.name),
      program: scenario.program,
      agentRoot: path.join(import.meta.dirname, '..'),
      signal,
    });
    let heldBack: string[] = [];
    try {
      await trial.run({
        name: scenario.name,
        about: scenario.about,
        run: async () => {
          ({ heldBack } = await scenario.play(trial, (line) => say(`  ${line}`)));
          return '';
        },
      });
      const view = await trial.view();
      const findings = await trial.judge(view);
      for (const { kind, what } of findings) say(`  ${kind}: ${what}`);
      const ms = await latencies(trial, heldBack);
      if (findings.length === 0)
        say(`  every byte handed over is in the store, by its SHA-256: ${view.files.length} files`);
      const apart = heldBack.length > 0 ? ', but for what was held back on purpose' : '';
      say(`  from the last byte at the beamline to everybody${apart}:`);
      for (const line of histogram(ms)) say(line);
      passed = findings.length === 0;
      const frames = view.datasets.reduce((sum, { framesStored }) => sum + framesStored, 0);
      const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => Math.round(percentile(ms, share)));
      const found = findings.length;
      say(
        JSON.stringify({
          scenario: scenario.name,
          ...{ files: view.files.length, datasets: view.datasets.length, frames, findings: found },
          ...{ p50_ms: p50, p95_ms: p95, p99_ms: p99 },
        }),
      );
    } finally {
      await trial.end({ keep: false });
    }
    return { keeps: false };
  });
  return passed;
}

async function main(): Promise<number> {
  const [name] = process.argv.slice(2);
  const scenario = SCENARIOS.find((each) => each.name === name);
  if (!scenario) {
    const known = SCENARIOS.map((each) => `  ${each.name.padEnd(10)} ${each.about}`).join('\n');
    throw new ClearFault(`Say which scenario: npm run scenario -- NAME\n${known}`);
  }
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
  process.on('disconnect', () => stopping.abort());
  process.channel?.unref();
  say(`${scenario.name}: ${scenario.about}`);
  return (await play(scenario, stopping.signal)) ? 0 : 1;
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`beamdeck: ${explain(error, 'playing a scenario').message}\n`);
  process.exit(1);
}
