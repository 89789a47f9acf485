import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '#src/server/config/config.ts';
import { createContainer } from '#src/server/container.ts';
import { newContext, systemContext } from '#src/server/domain/new-context.ts';
import { enrol } from '#src/testing/enrol-agent.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { readablePassword, seedDemo } from './seed.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());

const configOf = (demo: '0' | '1') =>
  loadConfig({
    DATABASE_URL: database.url,
    BEAMDECK_STORE_DIR: '/nowhere/store',
    BEAMDECK_RUNS_DIR: '/nowhere/runs',
    BEAMDECK_SECRET: 'a secret for tests, thirty-two and more',
    BEAMDECK_DEMO: demo,
    BEAMDECK_LOG_LEVEL: 'warn',
  });

describe('the demo facility', () => {
  it('is made once; a second start keeps passwords, licence and what people changed', async () => {
    const first = await seedDemo(configOf('1'));
    const container = createContainer(configOf('1'), 'test');
    try {
      const system = systemContext('test');
      expect((await container.cockpit.view(system, { slug: 'mx-1' })).active?.experiment.code).toBe(
        first.experiment.code,
      );
      const { instrument } = first;
      const triggers = () => container.jobs.listTriggers(system, { instrumentId: instrument.id });
      expect(await triggers()).toMatchObject([
        { name: 'Fast feedback', event: 'dataset.started', enabled: true },
      ]);
      await container.jobs.createTrigger(system, {
        instrumentId: instrument.id,
        name: 'Fast feedback',
        templateSlug: 'fast-feedback',
        enabled: false,
      });
      const { facilityId } = (await container.instruments.findBySlug(system, { slug: 'mx-1' }))!;
      const licences = async () => (await container.licences.list(system, { facilityId })).items;
      expect(await licences()).toMatchObject([{ grantedCpuMs: 500 * 3_600_000, isValid: true }]);
      await container.experiments.finish(system, { experimentId: first.experiment.id });

      const second = await seedDemo(configOf('1'), first);
      expect(second).toEqual(first);
      expect((await container.cockpit.view(system, { slug: 'mx-1' })).active).toBeNull();
      expect(await triggers()).toMatchObject([{ name: 'Fast feedback', enabled: false }]);
      expect(await licences()).toHaveLength(1);

      const signIn = async (account: { email: string; password: string }) => {
        const anonymous = newContext({ kind: 'anonymous' });
        return container.people.signIn(anonymous, { ...account, ip: '127.0.0.1', userAgent: null });
      };
      for (const account of second.accounts) expect((await signIn(account)).name).toBe(account.name);

      // The note of the first start is lost: new passwords and a new licence, which work.
      const third = await seedDemo(configOf('1'));
      expect(third.licence.text).not.toBe(first.licence.text);
      const { token } = await enrol(container.agents, third.licence.text);
      await container.agents.authenticate(token);
      expect(third.experiment).toEqual(first.experiment);
      await signIn(third.accounts[0]!);
    } finally {
      await container.close();
    }
  });

  it('is refused where it is not a demo', async () => {
    await expect(seedDemo(configOf('0'))).rejects.toThrow('only for a demo');
  });

  it('makes passwords that can be typed', () => {
    expect(readablePassword(new Uint8Array([0, 1, 2, 3, 4, 255, 30, 31]))).toMatch(
      /^[a-z2-9]{4}-[a-z2-9]{4}$/,
    );
  });
});
