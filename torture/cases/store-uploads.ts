import { unlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '#scripts/lib/facility-api.ts';
import { systemContext } from '#src/server/domain/new-context.ts';
import type { FaultRelay } from '../parts/fault-relay.ts';
import { contents } from '../parts/landing.ts';
import type { Trial } from '../parts/trial.ts';
import type { TortureCase } from '../torture-case.ts';

/** Uploads in parts that take long: their addresses end, or nobody ever completes them. */

const MB = 1_000_000;
const PART_BYTES = 8 * 1024 * 1024;
const PATIENCE_MS = 120_000;
/** Longer than an address counts. */
const AHEAD_S = 30 * 60;
/** Longer than a moved clock needs to be seen. */
const CLOCK_SEEN_MS = 2500;
const SLOW = { kind: 'slow', bytesPerS: 500_000 } as const;

const inA = (trial: Trial) => ({ places: [trial.code('A')] });

/** The line on which parts go in the setting with a moving clock: a bucket takes them itself. */
const lineOfParts = ({ lines, installation }: Trial): FaultRelay =>
  installation.rgw !== null && lines.store ? lines.store : lines.data;

/** Waits until so many more bytes went to the store. */
const untilSent = (line: FaultRelay, bytes: number) => {
  const before = line.requestBytes;
  return eventually(`${bytes} bytes on their way`, PATIENCE_MS, async (note) => {
    note(line.requestBytes - before);
    return line.requestBytes - before >= bytes || null;
  });
};

const expired: TortureCase = {
  name: 'address-expired',
  about:
    'signed addresses of parts end while some are on their way and others wait: the clock of the store leaps',
  needs: ['faketime'],
  setting: 'moving-clock',
  alone: true,
  async run(trial) {
    const landing = trial.openLanding();
    const { clock } = trial.installation;
    trial.onEnd(() => clock!.set(0));
    await trial.startAgent();
    const line = lineOfParts(trial);
    line.set(SLOW);
    landing.put('expired/large.h5', contents(trial.random, 12 * PART_BYTES - 1234), inA(trial));
    for (let file = 0; file < 40; file++)
      landing.put(`expired/small_${file}.cbf`, contents(trial.random, 100_000), inA(trial));
    await untilSent(line, 4 * MB);
    clock!.set(AHEAD_S);
    await sleep(CLOCK_SEEN_MS);
    // Cut in mid-part; what was signed before does not count any more.
    line.set({ kind: 'pass' });
    await trial.untilQuiet();
    const refused = (line.answers.get(401) ?? 0) + (line.answers.get(403) ?? 0);
    // A bucket's addresses are asked for one by one, right before each part: few are left over, or none.
    if (refused === 0 && trial.installation.rgw === null) throw new Error('no address had ended');
    return `12 parts and 40 small files, the clock half an hour ahead in mid-part; ${refused} addresses refused`;
  },
};

/** What the store keeps of the uploads that nobody completed. */
const unfinished = ({ installation }: Trial) => installation.objects.unfinished();

/** As housekeeping does after a week. */
const sweepAll = ({ installation }: Trial) =>
  installation.services.ingest.abortStaleUploads(systemContext('torture'), {
    before: new Date(Date.now() + 1000),
    limit: 1000,
  });

const orphans: TortureCase = {
  name: 'orphans-swept',
  about: 'uploads in parts that nobody completes are swept away, while another one is under way',
  short: true,
  alone: true,
  async run(trial) {
    const landing = trial.openLanding();
    const agent = await trial.startAgent();
    const { data } = trial.lines;
    const { services } = trial.installation;
    data.set(SLOW);
    landing.put('orphans/left.dat', contents(trial.random, 4 * PART_BYTES), { ...inA(trial), fate: 'gone' });
    await untilSent(data, 2 * MB);
    await agent.end('SIGKILL');
    // What the line still holds of the killed one's would count as sent.
    data.set(SLOW);
    unlinkSync(landing.at('orphans/left.dat'));
    // A server that was killed between the store and the database.
    const unknown = `${trial.code('A')}/raw/unknown.dat`;
    await services.store.openUpload({ key: unknown, partBytes: PART_BYTES });
    agent.start();
    await trial.untilHeard();
    landing.put('orphans/kept.dat', contents(trial.random, 3 * PART_BYTES), inA(trial));
    await untilSent(data, 2 * MB);
    const before = await unfinished(trial);
    const swept = await sweepAll(trial);
    data.set({ kind: 'pass' });
    await trial.untilQuiet();
    // What came for the upload under way after it had been swept.
    await sweepAll(trial);
    const left = await unfinished(trial);
    if (before.length < 3 || swept < 3)
      throw new Error(`3 uploads were open, ${swept} were swept; the store had ${before.join(', ')}`);
    if (left.length > 0) throw new Error(`the store still keeps ${left.join(', ')}`);
    return `${swept} uploads swept: one of a file that is gone, one that was never recorded, one under way, which was sent anew`;
  },
};

export const STORE_UPLOAD_CASES: readonly TortureCase[] = [expired, orphans];
