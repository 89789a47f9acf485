import { GIVEN_ROLES } from '#src/shared/permissions/permission-table.ts';
import type { AccessRule } from './access-rules.ts';
import { atInstrument, endsWith, inExperiment, knowsInstrument, shownIf, signedIn } from './access-rules.ts';
import { type AccessWorld, ONE_PIXEL } from './access-world.ts';
import type { RestCase } from './rest-case.ts';
import { PROJECT_REST_CASES } from './rest-cases-projects.ts';
import { TEMPLATE_REST_CASES } from './rest-cases-templates.ts';
import { TRIGGER_REST_CASES } from './rest-cases-triggers.ts';

const sees = inExperiment('experiment.view');
const leads = inExperiment('instrument.activate');
const managesAgents = atInstrument('instrument.agents');
const setsFields = atInstrument('instrument.streamFields');

const running = (w: AccessWorld) => ({ params: { experiment: w.running.code } });
const next = (w: AccessWorld) => ({ params: { experiment: w.next.code } });
const itsInstrument = (w: AccessWorld) => ({ params: { instrument: w.instrument.slug } });
const itsAgent = (w: AccessWorld) => ({ params: { agentId: w.agentId } });
const itsJob = (w: AccessWorld) => ({ params: { jobId: w.running.jobId } });
const toRaw = { source: 'eiger', kind: 'stream', folder: 'raw', template: '{date}/{prefix}' };

const shown = (found: boolean) => (found ? 'shown' : 'hidden');
const itemsOf = (answer: unknown) => (answer as { items: Record<string, unknown>[] }).items;

const both =
  (first: AccessRule, second: AccessRule): AccessRule =>
  (held) =>
    first(held) === 'done' ? second(held) : first(held);

const runningIn = (answer: unknown, w: AccessWorld) =>
  shown(itemsOf(answer).some(({ code }) => code === w.running.code));
const itsJobIn = (answer: unknown, w: AccessWorld) =>
  shown(itemsOf(answer).some(({ id }) => id === w.running.jobId));
/** Whoever reads an experiment by a project, or serves its instrument, is no member of it. */
const isMember: AccessRule = ({ inExperiment: roles }) =>
  roles.some((role) => role === 'owner' || GIVEN_ROLES.some((given) => given === role))
    ? 'done'
    : 'NOT_FOUND';
const LATELY = '2020-01-01T00:00:00Z';

/** Every operation of the API: who must be let through, by which right in what. */
export const REST_CASES: Readonly<Record<string, readonly RestCase[]>> = {
  'experiments.list': [
    {
      what: 'all',
      rule: shownIf(sees),
      input: () => ({}),
      outcome: runningIn,
    },
    {
      what: 'of another instrument',
      rule: endsWith(signedIn, 'hidden'),
      input: (w) => ({ query: { instrumentId: w.elsewhere.instrumentId } }),
      outcome: runningIn,
    },
    {
      what: 'active and running, by their beginnings',
      rule: shownIf(sees),
      input: () => ({ query: { active: 'true', state: 'running', sort: 'start', from: LATELY } }),
      outcome: runningIn,
    },
    {
      what: 'that began before there was any',
      rule: endsWith(signedIn, 'hidden'),
      input: () => ({ query: { to: '2001-01-01T00:00:00Z' } }),
      outcome: runningIn,
    },
    {
      what: 'of one’s own',
      rule: shownIf(isMember),
      input: () => ({ query: { mine: 'true' } }),
      outcome: runningIn,
    },
    {
      what: 'of a visit and a proposal that are no experiment’s',
      rule: endsWith(signedIn, 'hidden'),
      input: () => ({ query: { visit: 'mx-4711', proposal: 'mx-47' } }),
      outcome: runningIn,
    },
  ],
  'experiments.create': [
    {
      what: 'at the instrument',
      rule: atInstrument('instrument.activate'),
      input: (w) => ({ ...itsInstrument(w), body: { title: 'New', piEmail: w.others.newcomer.email } }),
    },
  ],
  'visits.write': [
    {
      what: 'a new one at the instrument',
      rule: atInstrument('instrument.activate'),
      input: (w) => ({
        params: { ...itsInstrument(w).params, visit: 'mx-4711' },
        body: { title: 'Visit', pi: { email: w.others.newcomer.email } },
      }),
    },
  ],
  'experiments.get': [{ what: 'the experiment', rule: sees, input: running }],
  'experiments.edit': [
    {
      what: 'its title',
      rule: inExperiment('experiment.edit'),
      input: (w) => ({ ...running(w), body: { version: 1, title: 'Renamed' } }),
    },
    {
      what: 'its plan',
      rule: both(inExperiment('experiment.edit'), inExperiment('experiment.plan')),
      input: (w) => ({ ...running(w), body: { version: 1, proprietary: false } }),
    },
  ],
  'experiments.reopen': [
    { what: 'one that is not finished', rule: endsWith(leads, 'CONFLICT'), input: running },
  ],
  'experiments.activate': [{ what: 'the next', rule: leads, input: next }],
  'experiments.finish': [{ what: 'the running one', rule: leads, input: running }],
  'experiments.setUpload': [
    {
      what: 'off',
      rule: inExperiment('upload.pause'),
      input: (w) => ({ ...running(w), body: { enabled: false } }),
    },
  ],
  'members.list': [{ what: 'of the experiment', rule: inExperiment('experiment.people'), input: running }],
  'members.invite': [
    {
      what: 'a viewer',
      rule: inExperiment('member.addViewer'),
      input: (w) => ({ ...running(w), body: { to: w.others.newcomer.email, role: 'viewer' } }),
    },
    {
      what: 'a manager',
      rule: inExperiment('member.nameManagers'),
      input: (w) => ({ ...running(w), body: { to: w.others.newcomer.email, role: 'manager' } }),
    },
  ],
  'members.setRole': [
    {
      what: 'viewer to member',
      rule: inExperiment('member.manage'),
      input: (w) => ({
        params: { ...running(w).params, personId: w.others.viewer.id },
        body: { role: 'member' },
      }),
    },
  ],
  'members.remove': [
    {
      what: 'a viewer',
      rule: inExperiment('member.manage'),
      input: (w) => ({ params: { ...running(w).params, personId: w.others.viewer.id } }),
    },
  ],
  ...PROJECT_REST_CASES,
  'samples.list': [{ what: 'of the experiment', rule: sees, input: running }],
  'samples.write': [
    {
      what: 'of the experiment',
      rule: inExperiment('file.upload'),
      input: (w) => ({ ...running(w), body: { samples: [{ name: 'lyso' }] } }),
    },
  ],
  'instruments.list': [
    {
      what: 'the instrument',
      rule: shownIf(knowsInstrument),
      input: () => ({}),
      outcome: (answer, w) => shown(itemsOf(answer).some(({ slug }) => slug === w.instrument.slug)),
    },
  ],
  'instruments.deactivate': [
    { what: 'the instrument', rule: atInstrument('instrument.activate'), input: itsInstrument },
  ],
  'alarms.list': [
    { what: 'of the instrument', rule: atInstrument('instrument.cockpit'), input: itsInstrument },
  ],
  'alarms.acknowledge': [
    {
      what: 'the alarm',
      rule: atInstrument('instrument.alarms'),
      input: (w) => ({ params: { alarmId: w.alarms.alarmId }, body: {} }),
    },
    {
      what: 'the alarm of the facility',
      rule: atInstrument('instrument.facilityAlarms'),
      input: (w) => ({ params: { alarmId: w.alarms.facilityAlarmId }, body: {} }),
    },
  ],
  'agents.list': [{ what: 'of the instrument', rule: managesAgents, input: itsInstrument }],
  ...TRIGGER_REST_CASES,
  'agents.setUpload': [
    {
      what: 'of the agent',
      rule: managesAgents,
      input: (w) => ({ ...itsAgent(w), body: { mode: 'paused' } }),
    },
  ],
  'agents.destinations': [{ what: 'of the agent', rule: managesAgents, input: itsAgent }],
  'agents.previewDestination': [
    { what: 'of the agent', rule: managesAgents, input: (w) => ({ ...itsAgent(w), body: toRaw }) },
  ],
  'agents.setDestination': [
    { what: 'of the agent', rule: managesAgents, input: (w) => ({ ...itsAgent(w), body: toRaw }) },
  ],
  'instruments.streamFields': [{ what: 'of the instrument', rule: setsFields, input: itsInstrument }],
  'instruments.setStreamFields': [
    {
      what: 'of the instrument',
      rule: setsFields,
      input: (w) => ({ ...itsInstrument(w), body: { rules: [{ key: 'name', field: 'sample' }] } }),
    },
  ],
  'acquisitions.announce': [
    {
      what: 'one of the experiment',
      rule: inExperiment('file.upload'),
      input: (w) => ({ ...running(w), body: { name: 'lyso/run_2' } }),
    },
  ],
  'acquisitions.write': [
    {
      what: 'one of the experiment',
      rule: inExperiment('file.upload'),
      input: (w) => ({ ...running(w), body: { acquisitions: [{ name: 'lyso/run_2' }] } }),
    },
  ],
  'acquisitions.edit': [
    {
      what: 'of the experiment',
      rule: inExperiment('file.upload'),
      input: (w) => ({
        params: { datasetId: w.running.datasetId },
        body: { version: 1, comment: 'ice rings' },
      }),
    },
  ],
  'acquisitions.addSnapshot': [
    {
      what: 'of what is planned in the experiment',
      rule: inExperiment('file.upload'),
      input: (w) => ({
        params: { acquisitionId: w.running.plannedId, name: 'after 90°' },
        body: { base64: ONE_PIXEL },
      }),
    },
  ],
  'acquisitions.removeSnapshot': [
    {
      what: 'of the experiment',
      rule: inExperiment('file.upload'),
      input: (w) => ({ params: { acquisitionId: w.running.acquisitionId, name: 'before' } }),
    },
  ],
  'acquisitions.snapshots': [
    {
      what: 'of a dataset of the experiment',
      rule: sees,
      input: (w) => ({ params: { datasetId: w.running.datasetId } }),
    },
  ],
  'acquisitions.withdraw': [
    {
      what: 'one that waits for its data',
      rule: inExperiment('file.upload'),
      input: (w) => ({ params: { acquisitionId: w.running.plannedId } }),
    },
  ],
  'acquisitions.list': [{ what: 'of the experiment', rule: sees, input: running }],
  'datasets.list': [
    { what: 'of the experiment', rule: sees, input: running },
    {
      what: 'by a number that jobs tell',
      rule: sees,
      input: (w) => ({ ...running(w), query: { sort: 'resolutionA', order: 'asc' } }),
    },
  ],
  'datasets.get': [
    {
      what: 'of the experiment',
      rule: sees,
      input: (w) => ({ params: { datasetId: w.running.datasetId } }),
    },
    {
      what: 'of nobody',
      rule: endsWith(signedIn, 'NOT_FOUND'),
      input: (w) => ({ params: { datasetId: w.tray.datasetId } }),
    },
  ],
  ...TEMPLATE_REST_CASES,
  'jobs.start': [
    {
      what: 'on the dataset',
      rule: inExperiment('job.run'),
      input: (w) => ({
        ...running(w),
        body: { datasetId: w.running.datasetId, template: 'fast-feedback' },
      }),
    },
    {
      what: 'on a dataset of another experiment',
      rule: endsWith(inExperiment('job.run'), 'NOT_FOUND'),
      input: (w) => ({
        ...running(w),
        body: { datasetId: w.elsewhere.datasetId, template: 'fast-feedback' },
      }),
    },
  ],
  'jobs.list': [
    {
      what: 'of the experiment',
      rule: both(sees, () => 'shown'),
      input: running,
      outcome: itsJobIn,
    },
    {
      what: 'that succeeded',
      rule: both(sees, () => 'hidden'),
      input: (w) => ({ ...running(w), query: { state: 'succeeded' } }),
      outcome: itsJobIn,
    },
  ],
  'jobs.get': [{ what: 'of the experiment', rule: sees, input: itsJob }],
  'jobs.log': [{ what: 'of the experiment', rule: sees, input: itsJob }],
  'jobs.cancel': [
    { what: 'one that a trigger started', rule: inExperiment('job.cancelAny'), input: itsJob },
    {
      what: 'one’s own',
      rule: inExperiment('job.run'),
      input: (_, me) => ({ params: { jobId: me.ownJobId } }),
    },
  ],
  'files.manifest': [{ what: 'of the experiment', rule: sees, input: running }],
  'files.address': [
    {
      what: 'of the experiment',
      rule: inExperiment('file.download'),
      input: (w) => ({ params: { ...running(w).params, path: w.running.filePath } }),
    },
  ],
  'files.noteCopy': [
    {
      what: 'of the experiment',
      rule: inExperiment('file.download'),
      input: (w) => ({
        ...running(w),
        body: { place: 'ws7: /data', files: 2, sizeBytes: 10, failedFiles: 0, isWhole: true },
      }),
    },
  ],
  'files.addresses': [
    {
      what: 'of the experiment',
      rule: inExperiment('file.download'),
      input: (w) => ({ ...running(w), body: { paths: [w.running.filePath] } }),
    },
  ],
};
