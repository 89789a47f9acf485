import path from 'node:path';
import { parseArgs } from 'node:util';
import { withConnection } from '#src/server/db/connection.ts';
import { als } from '../scenarios/als.ts';
import { histogram, percentile } from '../scenarios/histogram.ts';
import { micromax } from '../scenarios/micromax.ts';
import { p14 } from '../scenarios/p14.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { Installation } from '../torture/parts/installation.ts';
import { unmetNeeds } from '../torture/parts/needs.ts';
import { Trial } from '../torture/parts/trial.ts';
import { withInstallation } from '../torture/run-cases.ts';
import type { StoreKind } from '../torture/torture-case.ts';
import { ClearFault, explain } from './lib/clear-fault.ts';
import { NO_MOUNT } from './lib/rclone-mount.ts';
import { NO_RGW } from './lib/throwaway-rgw.ts';

/** `npm run scenario -- NAME …`: beamlines played on an installation of their own. Prints what happened, a histogram, and one JSON line last for each. */

const SCENARIOS: readonly Scenario[] = [micromax, als, p14];

interface Wanted {
  scenarios: readonly Scenario[];
  short: boolean;
  store: StoreKind;
}

interface Order {
  /** Few frames, and small ones. */
  short: boolean;
  /** Of all that is played on this installation. */
  folder: string;
  signal: AbortSignal;
}

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

/** Plays one on an installation that is there. Whether everything was as it should be. */
async function play(scenario: Scenario, installation: Installation, order: Order): Promise<boolean> {
  const trial = await Trial.begin(installation, {
    name: scenario.name,
    seed: 1,
    short: order.short,
    folder: path.join(order.folder, scenario.name),
    program: scenario.program,
    agentRoot: path.join(import.meta.dirname, '..'),
    signal: order.signal,
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
    return found === 0;
  } finally {
    await trial.end({ keep: false });
  }
}

/** Plays them one after the other on one installation; one that breaks off does not keep the next from its turn. */
async function playAll({ scenarios, short, store }: Wanted, signal: AbortSignal): Promise<boolean> {
  let passed = true;
  await withInstallation({ store }, async (installation, folder) => {
    for (const scenario of scenarios) {
      if (signal.aborted) break;
      say(`${scenario.name}: ${scenario.about}${short ? ' (in the short form)' : ''}`);
      try {
        passed = (await play(scenario, installation, { short, folder, signal })) && passed;
      } catch (error) {
        passed = false;
        const { message } = explain(error, `playing ${scenario.name}`);
        say(`  broken off: ${message}`);
        say(JSON.stringify({ scenario: scenario.name, broken: message }));
      }
    }
    return { keeps: false };
  });
  return passed;
}

function wantedOf(args: string[]): Wanted {
  const known = SCENARIOS.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join('\n');
  const usage = new ClearFault(
    `Say which scenarios: npm run scenario -- NAME … [--short] [--store fs|rgw], or all\n${known}`,
  );
  let parsed: { positionals: string[]; values: { short: boolean; store: string } };
  try {
    const options = {
      short: { type: 'boolean', default: false },
      store: { type: 'string', default: 'fs' },
    } as const;
    parsed = parseArgs({ args, allowPositionals: true, options });
  } catch {
    throw usage;
  }
  const { positionals: names, values } = parsed;
  const isKnown = (name: string) => name === 'all' || SCENARIOS.some((each) => each.name === name);
  if (names.length === 0 || !names.every(isKnown)) throw usage;
  const { short, store } = values;
  if (store !== 'fs' && store !== 'rgw') throw usage;
  const missing = store === 'rgw' ? (NO_RGW ?? NO_MOUNT) : null;
  if (missing !== null)
    throw new ClearFault(`--store rgw needs a Ceph and a mount of its bucket: ${missing}`);
  const isChosen = ({ name }: Scenario) => names.includes('all') || names.includes(name);
  return { scenarios: SCENARIOS.filter(isChosen), short, store };
}

async function main(): Promise<number> {
  const wanted = wantedOf(process.argv.slice(2));
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
  process.on('disconnect', () => stopping.abort());
  process.channel?.unref();
  const scenarios = wanted.scenarios.filter(({ name, needs = [] }) => {
    const unmet = unmetNeeds(needs);
    if (unmet.length > 0) say(JSON.stringify({ scenario: name, skipped: `needs ${unmet.join(', ')}` }));
    return unmet.length === 0;
  });
  if (scenarios.length === 0) return 1;
  return (await playAll({ ...wanted, scenarios }, stopping.signal)) && !stopping.signal.aborted ? 0 : 1;
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`beamdeck: ${explain(error, 'playing a scenario').message}\n`);
  process.exit(1);
}
