import type { AccessCases } from './access-case.ts';
import {
  type AccessRule,
  allOf,
  atInstrument,
  endsWith,
  inExperiment,
  shownIf,
  signedIn,
} from './access-rules.ts';
import type { AccessWorld } from './access-world.ts';

const running = (w: AccessWorld) => ({ experimentId: w.running.id });
const edited = (w: AccessWorld) => ({ ...running(w), version: 1 });
const inAMonth = () => new Date(Date.now() + 30 * 24 * 3600 * 1000);

/** Staff and admins decide about windows; members see that there is something to decide. */
const decides: AccessRule = (held) => {
  const there = atInstrument('instrument.prolong')(held);
  if (there !== 'NOT_FOUND') return there;
  return inExperiment('experiment.view')(held) === 'done' ? 'NOT_ALLOWED' : 'NOT_FOUND';
};

/** The life of an experiment beyond its activation, and what is written about it. */
export const LIFECYCLE_CASES = {
  edit: [
    {
      what: 'its title',
      rule: inExperiment('experiment.edit'),
      input: (w) => ({ ...edited(w), title: 'Renamed' }),
    },
    {
      what: 'its plan',
      rule: allOf(inExperiment('experiment.edit'), inExperiment('experiment.plan')),
      input: (w) => ({ ...edited(w), proprietary: false }),
    },
  ],
  upsertVisit: [
    {
      what: 'at the instrument',
      rule: atInstrument('instrument.activate'),
      input: (w) => ({
        ...{ instrumentId: w.instrument.id, visit: 'mx-1', title: 'Visit' },
        pi: { email: w.others.newcomer.email },
      }),
    },
  ],
  importExperiments: [
    {
      what: 'at the instrument',
      rule: atInstrument('instrument.activate'),
      input: (w) => ({
        instrumentId: w.instrument.id,
        text: `title,pi\nImported,${w.others.newcomer.email}`,
        dryRun: false,
      }),
    },
  ],
  reopen: [
    {
      what: 'one that is not finished',
      rule: endsWith(inExperiment('instrument.activate'), 'CONFLICT'),
      input: running,
    },
  ],
  askProlongation: [
    {
      what: 'of one that is not finished',
      rule: endsWith(inExperiment('experiment.askProlongation'), 'CONFLICT'),
      input: (w) => ({ ...running(w), until: inAMonth(), reason: 'a test' }),
    },
  ],
  prolong: [
    {
      what: 'one that is not finished',
      rule: endsWith(decides, 'CONFLICT'),
      input: (w) => ({ ...running(w), until: inAMonth() }),
    },
  ],
  refuseProlongation: [
    {
      what: 'that was asked for',
      rule: decides,
      input: (w) => ({ prolongationId: w.prolongationId, why: 'a test' }),
    },
  ],
  prolongationsAsked: [
    {
      what: 'all',
      rule: shownIf(decides),
      input: () => undefined,
      outcome: (items, w) =>
        items.some(({ prolongationId }) => prolongationId === w.prolongationId) ? 'shown' : 'hidden',
    },
  ],
  editSample: [
    {
      what: 'of the experiment',
      rule: inExperiment('file.upload'),
      input: (w) => ({ sampleId: w.sampleId, name: 'renamed' }),
    },
  ],
  removeSample: [
    {
      what: 'that was measured',
      rule: endsWith(inExperiment('file.upload'), 'CONFLICT'),
      input: (w) => ({ sampleId: w.sampleId }),
    },
  ],
  importSamples: [
    {
      what: 'into the experiment',
      rule: inExperiment('file.upload'),
      input: (w) => ({ ...running(w), text: 'name\nlyso', dryRun: false }),
    },
  ],
  savedViews: [
    {
      what: 'one’s own',
      rule: signedIn,
      input: () => undefined,
      outcome: (views) => (views.length === 0 ? 'done' : 'of others too'),
    },
  ],
  saveView: [{ what: 'one’s own', rule: signedIn, input: () => ({ name: 'Mine', query: 'mine=true' }) }],
  removeView: [
    {
      what: 'somebody else’s',
      rule: endsWith(signedIn, 'NOT_FOUND'),
      input: (w) => ({ viewId: w.newcomerViewId }),
    },
  ],
} satisfies Partial<AccessCases['experiments']>;
