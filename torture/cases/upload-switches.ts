import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, signedInApi } from '#scripts/lib/facility-api.ts';
import { smallSeries } from '../parts/detector.ts';
import type { Trial } from '../parts/trial.ts';
import type { TortureCase } from '../torture-case.ts';

/** Uploads switched on and off by staff and by the owners of experiments; licences revoked. */

/** The owner of the trial's experiments. */
function owner({ installation: { demo } }: Trial) {
  const account = demo.accounts.find(({ email }) => email.startsWith('scientist@'))!;
  return signedInApi({ web: demo.web, ...account });
}

/** Waits until a heartbeat says what is held, in files. */
async function untilHeld(trial: Trial): Promise<void> {
  await eventually('held data in a heartbeat', 60_000, async (note) => {
    const { agents } = await trial.view();
    const held = agents.flatMap(({ status }) => status?.held ?? []);
    note(held);
    return held.some(({ files }) => files > 0) || null;
  });
}

const offInA: TortureCase = {
  name: 'off-in-a',
  about: 'upload off in A by its owner and on in B; A switched on again, with what was held',
  short: true,
  async run(trial) {
    const source = await trial.openSource();
    await trial.startAgent();
    const api = await owner(trial);
    const [A, B] = [[trial.code('A')], [trial.code('B')]];
    await source.handOver(smallSeries('off/before'), { places: A });
    // What is still on its way would be held too.
    await trial.untilQuiet();
    await api.experiments.setUpload.mutate({
      experimentId: trial.experiments.A.id,
      enabled: false,
      held: 'send',
    });
    await sleep(2000);
    const held = await source.handOver(smallSeries('off/held'), { places: A });
    held.fate = 'held';
    await trial.activate('B');
    await source.handOver(smallSeries('off/in-b'), { places: B });
    await untilHeld(trial);
    await trial.expectNone(await trial.untilQuiet());
    await api.experiments.setUpload.mutate({
      experimentId: trial.experiments.A.id,
      enabled: true,
      held: 'send',
    });
    held.fate = 'stored';
    return 'a series held while A was off, B stored meanwhile; sent when A was on again';
  },
};

const agentOff: TortureCase = {
  name: 'agent-off',
  about: 'the agent switched off by staff, then on "from now"; paused, then on with what was held',
  short: true,
  async run(trial) {
    const source = await trial.openSource();
    await trial.startAgent();
    const places = [trial.code('A')];
    const switchTo = async (mode: 'on' | 'off' | 'paused', held: 'send' | 'leave') => {
      await trial.api.agents.setUploads.mutate({ agentId: trial.agentId, mode, held });
      await sleep(2000);
    };
    await switchTo('off', 'send');
    const left = await source.handOver(smallSeries('agent-off/left'), { places });
    left.fate = 'held';
    await untilHeld(trial);
    await trial.expectNone(await trial.untilQuiet());
    left.fate = 'given-up';
    await switchTo('on', 'leave');
    await source.handOver(smallSeries('agent-off/from-now'), { places });
    await trial.untilQuiet();
    await switchTo('paused', 'send');
    const paused = await source.handOver(smallSeries('agent-off/paused'), { places });
    paused.fate = 'held';
    await untilHeld(trial);
    await trial.expectNone(await trial.untilQuiet());
    await switchTo('on', 'send');
    paused.fate = 'stored';
    return 'one series left out and named, one held and sent';
  },
};

const licence: TortureCase = {
  name: 'licence-revoked',
  about: 'the licence revoked in mid-upload and restored; the HUB killed between',
  short: true,
  async run(trial) {
    const source = await trial.openSource();
    const agent = await trial.startAgent();
    const places = [trial.code('A')];
    let revoking: Promise<unknown> | null = null;
    await source.handOver(smallSeries('licence/during', { frames: 80, rateHz: 20, frameTimeS: 0.2 }), {
      places,
      before(frame) {
        if (frame === 30)
          revoking = trial.api.agents.revokeLicence.mutate({ agentId: trial.agentId, reason: 'torture' });
      },
    });
    await revoking;
    await source.handOver(smallSeries('licence/revoked'), { places });
    await sleep(2000);
    await agent.killAndStart();
    await sleep(3000);
    const view = await trial.view();
    if (view.files.some(({ path }) => path.includes('licence/revoked')))
      throw new Error('data were taken while the licence was revoked');
    await trial.api.agents.restoreLicence.mutate({ agentId: trial.agentId });
    return 'revoked in mid-series, a second series measured, HUB killed, restored';
  },
};

export const UPLOAD_SWITCH_CASES: readonly TortureCase[] = [offInA, agentOff, licence];
