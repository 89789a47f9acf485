import { readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '#src/server/config/config.ts';
import { type Container, createContainer } from '#src/server/container.ts';
import { systemContext } from '#src/server/domain/new-context.ts';
import { enrol } from '#src/testing/enrol-agent.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { parseAdminCommand } from './command-line.ts';
import { runAdminCommand } from './run-command.ts';

let database: TestDatabase;
let container: Container;
let folder: string;
beforeAll(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'beamdeck-admin-'));
  const config = loadConfig({
    DATABASE_URL: database.url,
    BEAMDECK_WEB_URL: 'http://127.0.0.1:3000',
    BEAMDECK_STORE_DIR: '/nowhere/store',
    BEAMDECK_RUNS_DIR: '/nowhere/runs',
    BEAMDECK_SECRET: 'a secret for tests, thirty-two and more',
    BEAMDECK_LOG_LEVEL: 'warn',
  });
  container = createContainer(config, 'test');
});
afterAll(async () => {
  await container?.close();
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

const ctx = systemContext('test');
const admin = async (...args: string[]) => runAdminCommand(container, ctx, parseAdminCommand(args)!, folder);
const licenceIn = (told: string) => {
  const file = join(folder, /licence_file = "(.+)"/.exec(told)![1]!);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  return readFileSync(file, 'utf8');
};

describe('setting up an installation from the shell', () => {
  it('goes from an empty database to a HUB that may send, and tells each time what was there before', async () => {
    await expect(admin('instrument', 'mx-1', 'MX 1')).rejects.toThrow(/no facility yet/);
    expect(await admin('facility', 'DEM', 'Demo Facility', '--time-zone', 'Europe/Berlin')).toContain('Demo');
    await expect(admin('facility', 'OTH', 'Other')).rejects.toThrow(/its facility already \(DEM/);

    expect(await admin('create', 'ada@example.org')).toMatch(
      /^ada@example\.org has an account now and is an admin\.\nHand this address .*\nhttp:\/\/127\.0\.0\.1:3000\/set-password\?token=/,
    );

    expect(await admin('person', 'sam@example.org', '--name', 'Sam')).toContain('/set-password?token=');
    await expect(admin('person', 'sam@example.org')).rejects.toThrow(/existed already: nothing was changed/);
    expect(await admin('create', 'sam@example.org')).toMatch(
      /^sam@example\.org existed already and is now an admin\. Their password stays as it is/,
    );
    expect(await admin('create', 'sam@example.org')).toMatch(/existed already and was an admin already/);

    await expect(admin('instrument', 'mx-1', 'MX 1', '--facility', 'OTH')).rejects.toThrow(/there is DEM/);
    await expect(admin('staff', 'mx-1', 'sam@example.org')).rejects.toThrow(/make it with/);
    expect(await admin('instrument', 'mx-1', 'MX 1', '--facility', 'DEM')).toContain('MX 1 (mx-1)');
    await expect(admin('instrument', 'mx-1', 'Again')).rejects.toThrow(/already/);

    await expect(admin('staff', 'mx-2', 'sam@example.org')).rejects.toThrow(/there are mx-1/);
    await expect(admin('staff', 'mx-1', 'nobody@example.org')).rejects.toThrow(/Nobody has the e-mail/);
    expect(await admin('staff', 'mx-1', 'sam@example.org')).toBe('sam@example.org is staff of MX 1 now.');
    expect(await admin('staff', 'mx-1', 'sam@example.org')).toContain('already');
    const instrument = (await container.instruments.findBySlug(ctx, { slug: 'mx-1' }))!;
    const staff = await container.instruments.staff(ctx, { instrumentId: instrument.id });
    expect(staff.map(({ email }) => email)).toEqual(['sam@example.org']);

    await expect(admin('agent', 'mx-1', 'HUB', '--renew')).rejects.toThrow(/leave out --renew/);
    const made = await admin('agent', 'mx-1', 'HUB');
    expect(made).toContain('server = "http://127.0.0.1:3000"');
    const first = await enrol(container.agents, licenceIn(made));
    expect(await container.agents.authenticate(first.token)).toMatchObject({
      instrumentId: instrument.id,
      name: 'HUB',
    });
    await expect(admin('agent', 'mx-1', 'HUB')).rejects.toThrow(/has an agent HUB already/);
    const renewed = await admin('agent', 'mx-1', 'HUB', '--renew');
    const second = await enrol(container.agents, licenceIn(renewed));
    await expect(container.agents.authenticate(first.token)).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' });
    expect(await container.agents.authenticate(second.token)).toMatchObject({ name: 'HUB' });

    await expect(admin('trigger', 'mx-1', 'slow-feedback')).rejects.toThrow(/there is .*fast-feedback/);
    expect(await admin('trigger', 'mx-1', 'fast-feedback')).toContain('every dataset that MX 1 finishes');
    expect(await container.jobs.listTriggers(ctx, { instrumentId: instrument.id })).toMatchObject([
      { name: 'Fast feedback', enabled: true },
    ]);
  });
});
