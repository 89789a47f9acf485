import { atInstrument, inExperiment } from './access-rules.ts';
import type { AccessWorld } from './access-world.ts';
import type { RestCase } from './rest-case.ts';

const sees = inExperiment('experiment.view');
const managesAgents = atInstrument('instrument.agents');

const running = (w: AccessWorld) => ({ params: { experiment: w.running.code } });
const itsInstrument = (w: AccessWorld) => ({ params: { instrument: w.instrument.slug } });
const screening = (w: AccessWorld) => ({ params: { strategyId: w.strategies.screeningId } });

/** Every operation of triggers and strategies. */
export const TRIGGER_REST_CASES: Readonly<Record<string, readonly RestCase[]>> = {
  'triggers.list': [{ what: 'of the instrument', rule: managesAgents, input: itsInstrument }],
  'triggers.setEnabled': [
    {
      what: 'off',
      rule: managesAgents,
      input: (w) => ({ params: { triggerId: w.triggerId }, body: { enabled: false } }),
    },
  ],
  'triggers.create': [
    {
      what: 'in a strategy of the instrument',
      rule: managesAgents,
      input: (w) => ({
        params: { strategyId: w.strategies.screeningId },
        body: { name: 'Another', event: 'dataset.frames', everyFrames: 100, template: 'fast-feedback' },
      }),
    },
  ],
  'triggers.edit': [
    {
      what: 'of the instrument',
      rule: managesAgents,
      input: (w) => ({
        params: { triggerId: w.triggerId },
        body: {
          version: 1,
          trigger: { name: 'Fast feedback', event: 'dataset.finished', template: 'fast-feedback' },
        },
      }),
    },
  ],
  'triggers.remove': [
    {
      what: 'of the instrument',
      rule: managesAgents,
      input: (w) => ({ params: { triggerId: w.triggerId } }),
    },
  ],
  'triggers.history': [{ what: 'of the instrument', rule: managesAgents, input: itsInstrument }],
  'triggers.experimentHistory': [{ what: 'of the experiment', rule: sees, input: running }],
  'triggers.override': [
    {
      what: 'off in the experiment',
      rule: inExperiment('experiment.strategy'),
      input: (w) => ({
        params: { ...running(w).params, triggerId: w.triggerId },
        body: { enabled: false },
      }),
    },
  ],
  'triggers.call': [
    {
      what: 'about the dataset',
      rule: inExperiment('job.run'),
      input: (w) => ({
        params: { ...running(w).params, triggerId: w.strategies.callTriggerId },
        body: { datasetId: w.running.datasetId },
      }),
    },
  ],
  'strategies.list': [{ what: 'of the instrument', rule: managesAgents, input: itsInstrument }],
  'strategies.create': [
    {
      what: 'at the instrument',
      rule: managesAgents,
      input: (w) => ({ ...itsInstrument(w), body: { name: 'Final' } }),
    },
  ],
  'strategies.edit': [
    {
      what: 'of the instrument',
      rule: managesAgents,
      input: (w) => ({ ...screening(w), body: { name: 'Final', description: 'When all is measured.' } }),
    },
  ],
  'strategies.setDefault': [{ what: 'of the instrument', rule: managesAgents, input: screening }],
  'strategies.remove': [{ what: 'of the instrument', rule: managesAgents, input: screening }],
  'strategies.ofExperiment': [{ what: 'of the experiment', rule: sees, input: running }],
  'strategies.choose': [
    {
      what: 'another',
      rule: inExperiment('experiment.strategy'),
      input: (w) => ({ ...running(w), body: { strategyId: w.strategies.screeningId } }),
    },
  ],
};
