import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HUB } from '#hub/agent/agent-program.ts';
import { LocalClient } from '#hub/cli/local-client.ts';
import { HubRig } from '#hub/testing/hub-rig.ts';
import { type CockpitAgent, cockpitAgents } from '../server/domain/instruments/cockpit-agents.ts';
import { SWITCH_MARGIN_MS } from '../shared/model/whose-data.ts';
import { startAgentApiServer } from './agent-api-server.ts';
import { type IngestWorld, ingestWorld, LONG_AGO } from './ingest-world.ts';
import { type TestDatabase, testDatabase } from './test-database.ts';
import { type TestStore, testStore } from './test-store.ts';
import { enterWebEnvironment, leaveWebEnvironment } from './web-environment.ts';

/** The licence a real HUB enrols with, and what it obeys from then on: HUB, agent interface and database as in earnest. */
describe('a HUB with a licence', () => {
  let database: TestDatabase;
  let storage: TestStore;
  let server: Awaited<ReturnType<typeof startAgentApiServer>>;
  let w: IngestWorld;
  let rig: HubRig;
  let agentId: string;

  beforeAll(async () => {
    [database, storage, rig] = await Promise.all([testDatabase(), testStore(), HubRig.create()]);
    w = await ingestWorld(database.db, storage.store);
    await w.activate(LONG_AGO);
    enterWebEnvironment(database, storage);
    server = await startAgentApiServer();
    const made = await w.agents.create(w.as('staff'), {
      instrumentId: w.instrument.id,
      kind: 'hub',
      name: 'HUB of the beamline',
      folders: ['raw'],
      expiresAt: new Date(Date.now() + 365 * 24 * 3_600_000),
    });
    agentId = made.agentId;
    const licenceFile = join(rig.folder, made.fileName);
    writeFileSync(licenceFile, made.text, { mode: 0o600 });
    rig.config = { ...rig.config, serverUrl: server.url, token: null, licenceFile };
    rig.start();
  });
  afterAll(async () => {
    await rig?.dispose();
    await server?.close();
    await leaveWebEnvironment();
    await database?.drop();
    await storage?.close();
  });

  /** Waits until the cockpit shows the agent so. */
  async function untilShown(check: (agent: CockpitAgent) => void): Promise<void> {
    await vi.waitFor(
      async () => {
        const at = new Date();
        const scope = { instrumentId: w.instrument.id, experimentIds: null, at };
        const agents = await cockpitAgents(w.db, scope, new Set(), at);
        check(agents.find((agent) => agent.id === agentId)!);
      },
      { timeout: 20_000, interval: 100 },
    );
  }
  const switchTo = (mode: 'on' | 'off') =>
    w.agents.setUploads(w.as('staff'), { agentId, mode, held: 'send' });

  it('enrols itself and acts by the control document of the server', async () => {
    await untilShown((agent) => {
      expect(agent.licence?.state).toBe('valid');
      expect(agent.status?.uploads).toMatchObject({ mode: 'on', by: 'server' });
      expect(agent.status?.controlRevision).toMatch(/^[0-9a-f]{64}$/);
    });
  });

  it('obeys the switch of staff and says so', async () => {
    await switchTo('off');
    await untilShown((agent) => expect(agent.status?.uploads?.mode).toBe('off'));
    await switchTo('on');
    await untilShown((agent) => expect(agent.status?.uploads?.mode).toBe('on'));
  });

  it('is told what was switched on site while the server was away, at its own time', async () => {
    const site = new LocalClient(rig.config.stateDir, HUB);
    const next = await w.prepare('Next');
    await vi.waitFor(
      async () => expect((await site.experiments()).map(({ code }) => code)).toContain(next.code),
      { timeout: 20_000, interval: 100 },
    );
    const { port } = new URL(server.url);
    await server.close();
    const before = new Date();
    await site.activate(next.code);
    const after = new Date();
    server = await startAgentApiServer(Number(port));
    const history = async () =>
      (await w.instruments.activations(w.as('staff'), { instrumentId: w.instrument.id })).items;
    await vi.waitFor(async () => expect(await history()).toHaveLength(2), { timeout: 20_000, interval: 100 });
    const [newest, former] = await history();
    expect(newest).toMatchObject({
      experiment: { code: next.code },
      origin: 'site',
      endedAt: null,
      site: { agentName: 'HUB of the beamline' },
    });
    // Within the second to which two clocks are compared.
    expect(newest!.startedAt.getTime()).toBeGreaterThan(before.getTime() - SWITCH_MARGIN_MS);
    expect(newest!.startedAt.getTime()).toBeLessThan(after.getTime() + SWITCH_MARGIN_MS);
    expect(former!.endedAt).toEqual(newest!.startedAt);
    await vi.waitFor(
      async () =>
        expect((await site.status()).active).toMatchObject({ code: next.code, how: 'as the server said' }),
      { timeout: 20_000, interval: 100 },
    );
  });

  it('falls silent when its licence is revoked, and goes on by itself when it is restored', async () => {
    await w.agents.revokeLicence(w.as('staff'), { agentId, reason: 'the HUB was lent to another beamline' });
    await vi.waitFor(
      () => expect(rig.hub!.status().lastError?.message).toContain('the HUB was lent to another beamline'),
      { timeout: 20_000, interval: 100 },
    );
    await w.agents.restoreLicence(w.as('staff'), { agentId });
    const restored = new Date();
    await untilShown((agent) => expect(agent.lastSeenAt!.getTime()).toBeGreaterThan(restored.getTime()));
  });
});
