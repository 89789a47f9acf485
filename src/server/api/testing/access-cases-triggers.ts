import { triggerDraftSchema } from '#src/shared/model/trigger-rules.ts';
import type { AccessCases } from './access-case.ts';
import { atInstrument, endsWith, inExperiment } from './access-rules.ts';
import type { AccessWorld } from './access-world.ts';

const sees = inExperiment('experiment.view');
const manages = atInstrument('instrument.agents');
const chooses = inExperiment('experiment.strategy');

const itsInstrument = (w: AccessWorld) => ({ instrumentId: w.instrument.id });
const running = (w: AccessWorld) => ({ experimentId: w.running.id });
const itsTrigger = (w: AccessWorld) => ({ triggerId: w.triggerId });
const screening = (w: AccessWorld) => ({ strategyId: w.strategies.screeningId });
const draft = triggerDraftSchema.parse({
  ...{ name: 'Another', event: 'dataset.started', template: 'fast-feedback' },
});

export const TRIGGER_CASES: AccessCases['triggers'] = {
  list: [{ what: 'of the instrument', rule: manages, input: itsInstrument }],
  setEnabled: [
    { what: 'off', rule: manages, input: (w) => ({ ...itsTrigger(w), enabled: false }) },
    { what: 'as it stands', rule: manages, input: (w) => ({ ...itsTrigger(w), enabled: true }) },
  ],
  strategies: [{ what: 'of the instrument', rule: manages, input: itsInstrument }],
  choices: [{ what: 'at the instrument', rule: manages, input: itsInstrument }],
  makeStrategy: [
    { what: 'at the instrument', rule: manages, input: (w) => ({ ...itsInstrument(w), name: 'Final' }) },
  ],
  changeStrategy: [
    { what: 'of the instrument', rule: manages, input: (w) => ({ ...screening(w), name: 'Final' }) },
  ],
  setDefault: [{ what: 'of the instrument', rule: manages, input: screening }],
  removeStrategy: [
    { what: 'of the instrument', rule: manages, input: screening },
    {
      what: 'that is the default',
      rule: endsWith(manages, 'CONFLICT'),
      input: (w) => ({ strategyId: w.strategies.defaultId }),
    },
  ],
  addTrigger: [
    { what: 'to one of the instrument', rule: manages, input: (w) => ({ ...screening(w), draft }) },
  ],
  changeTrigger: [
    {
      what: 'of the instrument',
      rule: manages,
      input: (w) => ({ ...itsTrigger(w), version: 1, draft: { ...draft, name: 'Fast feedback' } }),
    },
  ],
  removeTrigger: [{ what: 'of the instrument', rule: manages, input: itsTrigger }],
  history: [
    { what: 'of the instrument', rule: manages, input: itsInstrument },
    { what: 'of the experiment', rule: sees, input: running },
  ],
  ofExperiment: [{ what: 'of the experiment', rule: sees, input: running }],
  chooseStrategy: [
    { what: 'another', rule: chooses, input: (w) => ({ ...running(w), ...screening(w) }) },
    { what: 'the default', rule: chooses, input: (w) => ({ ...running(w), strategyId: null }) },
    {
      what: 'one that is none of its instrument',
      rule: endsWith(chooses, 'NOT_FOUND'),
      input: (w) => ({ ...running(w), strategyId: w.running.id }),
    },
  ],
  override: [
    { what: 'off', rule: chooses, input: (w) => ({ ...running(w), ...itsTrigger(w), enabled: false }) },
    {
      what: 'of another strategy',
      rule: endsWith(chooses, 'NOT_FOUND'),
      input: (w) => ({ ...running(w), triggerId: w.running.id, enabled: false }),
    },
  ],
  fire: [
    {
      what: 'about the dataset',
      rule: inExperiment('job.run'),
      input: (w) => ({
        ...{ ...running(w), triggerId: w.strategies.callTriggerId, datasetId: w.running.datasetId },
      }),
    },
    {
      what: 'about a dataset of another experiment',
      rule: endsWith(inExperiment('job.run'), 'NOT_FOUND'),
      input: (w) => ({
        ...{ ...running(w), triggerId: w.strategies.callTriggerId, datasetId: w.elsewhere.datasetId },
      }),
    },
  ],
};
