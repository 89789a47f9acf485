import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { TOKEN_SCOPE_NAMES } from '#src/shared/permissions/token-scopes.ts';
import { account, demo, expect, test } from './demo-facility.ts';
import { signedInApi } from './lib/facility-api.ts';

const VISIT = `journey-${Date.now()}`;
const TITLE = 'A beam time run by a program';
const script = path.resolve('docs/examples/beam_time.py');

function hasPython(): boolean {
  try {
    execFileSync('python3', ['--version']);
    return true;
  } catch {
    return false;
  }
}

/** Of the experiment, the dataset and the job that the program tells of. */
function idsIn(told: string): string[] {
  const ids = [
    /(\S+) A beam time run by a program is /,
    /dataset ([0-9a-f-]{36}),/,
    /job ([0-9a-f-]{36}) runs/,
  ];
  return ids.map((id) => {
    expect(told).toMatch(id);
    return id.exec(told)![1]!;
  });
}

/** The example of docs/api.md as it is printed there, against the simulated beamline. */
test('a program runs a whole beam time with a token of the instrument', async () => {
  test.skip(!hasPython(), 'python3 is not on this machine');
  test.setTimeout(600_000);
  const staff = await signedInApi('staff');
  const { token, tokenId } = await staff.tokens.create.mutate({
    name: 'beam time',
    scopes: [...TOKEN_SCOPE_NAMES],
    expiresAt: new Date(Date.now() + 3600 * 1000),
    experimentId: null,
    instrumentId: demo.instrument.id,
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'beam-time-'));
  const run = async () => {
    const { stdout } = await promisify(execFile)('python3', [script, ...told], {
      env: { ...process.env, BEAMDECK_TOKEN: token },
      timeout: 540_000,
    });
    return stdout;
  };
  const told = [
    ...['--server', demo.web, '--instrument', demo.instrument.slug, '--visit', VISIT, '--title', TITLE],
    ...['--pi', account('scientist').email, '--invite', account('viewer').email, '--results', folder],
    // As without it: the journeys after this one look for files where they always are.
    ...['--destination', '{prefix}'],
  ];
  try {
    const stdout = await run();
    for (const said of [/is preparation/, /is active since/, /announced .*lyso/, /fast-feedback succeeded/])
      expect(stdout).toMatch(said);
    expect(stdout).toMatch(/hash as it should be/);
    expect(readdirSync(folder).length).toBeGreaterThan(0);

    // Run again, it finds what it made.
    const again = await run();
    expect(idsIn(again)).toEqual(idsIn(stdout));
    expect(again).toContain('was finished before: nothing is switched on');

    // What it did is there for people, and was done by the person behind the token.
    const scientist = await signedInApi('scientist');
    const { items } = await scientist.experiments.list.query({ visit: VISIT });
    expect(items).toHaveLength(1);
    const [experiment] = items;
    expect(experiment).toMatchObject({ title: TITLE, state: 'processing', activeSince: null });
    const experimentId = experiment!.id;
    const acquisitions = await scientist.datasets.acquisitions.query({ experimentId, limit: 10 });
    expect(acquisitions.items.at(-1)).toMatchObject({
      kind: 'rotation',
      values: { transmission: { value: 20, unit: '%' } },
    });
    const jobs = await scientist.jobs.list.query({ experimentId });
    expect(jobs.items.map(({ startedByName }) => startedByName)).toContain(account('staff').name);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await staff.tokens.revoke.mutate({ tokenId });
    // As the journeys after this one want it.
    await staff.experiments.activate.mutate({ experimentId: demo.experiment.id });
  }
});
