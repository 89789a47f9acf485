import type { AccessCases } from './access-case.ts';
import { ACCOUNT_CASES } from './access-cases-account.ts';
import { AGENT_CASES } from './access-cases-agents.ts';
import { ALARM_CASES, NOTIFICATION_CASES } from './access-cases-alarms.ts';
import { COCKPIT_CASES } from './access-cases-cockpit.ts';
import { DATASET_CASES, DELETION_CASES, FILE_CASES, UPLOAD_CASES } from './access-cases-data.ts';
import {
  AUDIT_CASES,
  FACILITY_CASES,
  LAB_CASES,
  LICENCE_CASES,
  PROFILE_CASES,
} from './access-cases-facility.ts';
import { LIFECYCLE_CASES } from './access-cases-lifecycle.ts';
import { INVITATION_CASES, MAIL_CASES, MEMBER_CASES } from './access-cases-people.ts';
import { PROJECT_CASES } from './access-cases-projects.ts';
import { TEMPLATE_CASES } from './access-cases-templates.ts';
import { TOKEN_CASES } from './access-cases-tokens.ts';
import { TRIGGER_CASES } from './access-cases-triggers.ts';
import {
  type AccessRule,
  allOf,
  atInstrument,
  endsWith,
  inExperiment,
  knowsInstrument,
  shownIf,
  signedIn,
} from './access-rules.ts';
import type { AccessWorld } from './access-world.ts';

const sees = inExperiment('experiment.view');
const shown = (found: boolean) => (found ? 'shown' : 'hidden');

const running = (w: AccessWorld) => ({ experimentId: w.running.id });
const next = (w: AccessWorld) => ({ experimentId: w.next.id });
const itsInstrument = (w: AccessWorld) => ({ instrumentId: w.instrument.id });
const itsDataset = (w: AccessWorld) => ({ datasetId: w.running.datasetId });
const trayDataset = (w: AccessWorld) => ({ datasetId: w.tray.datasetId });
const itsJob = (w: AccessWorld) => ({ jobId: w.running.jobId });

/** Who leaves must be in: staff and who reads by a project are not members, and the owner stays. */
const leave: AccessRule = (held) => {
  if (sees(held) !== 'done') return sees(held);
  if (held.inExperiment.includes('owner')) return 'CONFLICT';
  if (held.inExperiment.includes('reader')) return 'NOT_ALLOWED';
  return held.inExperiment.includes('staff') ? 'NOT_FOUND' : 'done';
};

/** Nobody raises themselves: for a manager nothing changes, staff are not members. */
const becomeManager: AccessRule = (held) => {
  const first = inExperiment('member.manage')(held);
  if (first !== 'done') return first;
  if (held.inExperiment.includes('staff')) return 'NOT_FOUND';
  return held.inExperiment.includes('manager') ? 'done' : 'NOT_ALLOWED';
};

const removeOwner: AccessRule = (held) => endsWith(inExperiment('member.manage'), 'CONFLICT')(held);

/** Every procedure of the router: who must be let through, by which right in what. */
export const ACCESS_CASES: AccessCases = {
  agents: AGENT_CASES,
  alarms: ALARM_CASES,
  audit: AUDIT_CASES,
  cockpit: COCKPIT_CASES,
  datasets: DATASET_CASES,
  deletions: DELETION_CASES,
  experiments: {
    ...LIFECYCLE_CASES,
    list: [
      {
        what: 'all',
        rule: shownIf(sees),
        input: () => ({}),
        outcome: ({ items }, w) => shown(items.some((item) => item.id === w.running.id)),
      },
      {
        what: 'of the instrument',
        rule: shownIf(sees),
        input: (w) => itsInstrument(w),
        outcome: ({ items }, w) => shown(items.some((item) => item.id === w.running.id)),
      },
      {
        what: 'searched by its code',
        rule: shownIf(sees),
        input: (w) => ({ search: w.running.code }),
        outcome: ({ items }, w) => shown(items.some((item) => item.id === w.running.id)),
      },
    ],
    byCode: [{ what: 'the experiment', rule: sees, input: (w) => ({ code: w.running.code }) }],
    create: [
      {
        what: 'at the instrument',
        rule: atInstrument('instrument.activate'),
        input: (w) => ({ ...itsInstrument(w), title: 'New', piEmail: w.others.newcomer.email }),
      },
    ],
    activate: [{ what: 'the next', rule: inExperiment('instrument.activate'), input: next }],
    deactivate: [{ what: 'the instrument', rule: atInstrument('instrument.activate'), input: itsInstrument }],
    setUpload: [
      {
        what: 'off',
        rule: inExperiment('upload.pause'),
        input: (w) => ({ ...running(w), enabled: false, held: 'send' }),
      },
    ],
    finish: [{ what: 'the running one', rule: inExperiment('instrument.activate'), input: running }],
    close: [{ what: 'the next', rule: inExperiment('instrument.activate'), input: next }],
    members: [{ what: 'of the experiment', rule: inExperiment('experiment.people'), input: running }],
    setMemberRole: [
      {
        what: 'viewer to member',
        rule: inExperiment('member.manage'),
        input: (w) => ({ ...running(w), personId: w.others.viewer.id, role: 'member' }),
      },
      {
        what: 'member to manager',
        rule: allOf(inExperiment('member.manage'), inExperiment('member.nameManagers')),
        input: (w) => ({ ...running(w), personId: w.others.member.id, role: 'manager' }),
      },
      {
        what: 'manager to member',
        rule: allOf(inExperiment('member.manage'), inExperiment('member.nameManagers')),
        input: (w) => ({ ...running(w), personId: w.others.manager.id, role: 'member' }),
      },
      {
        what: 'the owner to viewer',
        rule: endsWith(sees, 'NOT_ALLOWED'),
        input: (w) => ({ ...running(w), personId: w.personas.owner.personId, role: 'viewer' }),
      },
      {
        what: 'oneself to manager',
        rule: becomeManager,
        input: (w, me) => ({ ...running(w), personId: me.personId, role: 'manager' }),
      },
    ],
    removeMember: [
      {
        what: 'a viewer',
        rule: inExperiment('member.manage'),
        input: (w) => ({ ...running(w), personId: w.others.viewer.id }),
      },
      {
        what: 'a manager',
        rule: allOf(inExperiment('member.manage'), inExperiment('member.nameManagers')),
        input: (w) => ({ ...running(w), personId: w.others.manager.id }),
      },
      {
        what: 'the owner',
        rule: removeOwner,
        input: (w) => ({ ...running(w), personId: w.personas.owner.personId }),
      },
      {
        what: 'oneself',
        rule: leave,
        input: (w, me) => ({ ...running(w), personId: me.personId }),
      },
    ],
    samples: [{ what: 'of the experiment', rule: sees, input: running }],
    upsertSamples: [
      {
        what: 'of the experiment',
        rule: inExperiment('file.upload'),
        input: (w) => ({ ...running(w), samples: [{ name: 'lyso' }] }),
      },
    ],
  },
  facilities: FACILITY_CASES,
  files: FILE_CASES,
  instruments: {
    activations: [
      { what: 'of the instrument', rule: atInstrument('instrument.cockpit'), input: itsInstrument },
    ],
    setStreamFields: [
      {
        what: 'of the instrument',
        rule: atInstrument('instrument.streamFields'),
        input: (w) => ({ ...itsInstrument(w), rules: [{ key: 'name', field: 'sample' }] }),
      },
    ],
    streamExample: [
      { what: 'of the instrument', rule: atInstrument('instrument.agents'), input: itsInstrument },
    ],
    streamFields: [
      { what: 'of the instrument', rule: atInstrument('instrument.streamFields'), input: itsInstrument },
    ],
    list: [
      {
        what: 'the instrument',
        rule: shownIf(knowsInstrument),
        input: () => undefined,
        outcome: (items, w) => shown(items.some((item) => item.id === w.instrument.id)),
      },
      {
        what: 'what is active there',
        rule: shownIf(inExperiment('experiment.people')),
        input: () => undefined,
        outcome: (items, w) => shown(items.some((item) => item.active?.id === w.running.id)),
      },
    ],
  },
  invitations: INVITATION_CASES,
  jobs: {
    list: [
      {
        what: 'all',
        rule: shownIf(sees),
        input: () => ({}),
        outcome: ({ items }, w) => shown(items.some((item) => item.id === w.running.jobId)),
      },
      {
        what: 'of the experiment',
        rule: endsWith(sees, 'shown'),
        input: running,
        outcome: ({ items }, w) => shown(items.some((item) => item.id === w.running.jobId)),
      },
      {
        what: 'of the instrument',
        rule: shownIf(sees),
        input: itsInstrument,
        outcome: ({ items }, w) => shown(items.some((item) => item.id === w.running.jobId)),
      },
      {
        what: 'of the dataset',
        rule: shownIf(sees),
        input: itsDataset,
        outcome: ({ items }, w) => shown(items.some((item) => item.id === w.running.jobId)),
      },
    ],
    get: [{ what: 'of the experiment', rule: sees, input: itsJob }],
    filters: [
      { what: 'of the experiment', rule: sees, input: running },
      {
        what: 'of all',
        rule: shownIf(sees),
        input: () => ({}),
        outcome: (items) => shown(items.some(({ id }) => id === 'fast-feedback')),
      },
    ],
    log: [{ what: 'of the experiment', rule: sees, input: itsJob }],
    searchLog: [{ what: 'of the experiment', rule: sees, input: (w) => ({ ...itsJob(w), text: 'spots' }) }],
    cancel: [
      { what: 'one that a trigger started', rule: inExperiment('job.cancelAny'), input: itsJob },
      { what: 'one’s own', rule: inExperiment('job.run'), input: (_, me) => ({ jobId: me.ownJobId }) },
    ],
    chooseResult: [
      {
        what: 'of one that has not succeeded',
        rule: endsWith(inExperiment('job.chooseResult'), 'CONFLICT'),
        input: itsJob,
      },
    ],
    dropResult: [
      {
        what: 'of one that nobody chose',
        rule: endsWith(inExperiment('job.chooseResult'), 'ALREADY_DONE'),
        input: itsJob,
      },
    ],
    offer: [
      {
        what: 'on the dataset',
        rule: inExperiment('job.run'),
        input: (w) => ({ ...running(w), ...itsDataset(w), templateSlug: 'fast-feedback' }),
      },
    ],
    runTemplate: [
      {
        what: 'on the dataset',
        rule: inExperiment('job.run'),
        input: (w) => ({ ...running(w), ...itsDataset(w), templateSlug: 'fast-feedback' }),
      },
      {
        what: 'on a dataset of another experiment',
        rule: endsWith(inExperiment('job.run'), 'NOT_FOUND'),
        input: (w) => ({
          ...running(w),
          datasetId: w.elsewhere.datasetId,
          templateSlug: 'fast-feedback',
        }),
      },
      {
        what: 'on a dataset of nobody',
        rule: endsWith(inExperiment('job.run'), 'NOT_FOUND'),
        input: (w) => ({ ...running(w), ...trayDataset(w), templateSlug: 'fast-feedback' }),
      },
    ],
    templates: [{ what: 'all', rule: signedIn, input: () => undefined }],
    triggers: [{ what: 'of the instrument', rule: atInstrument('instrument.agents'), input: itsInstrument }],
    setTrigger: [
      {
        what: 'of the instrument',
        rule: atInstrument('instrument.agents'),
        input: (w) => ({ ...itsInstrument(w), name: 'Feedback', templateSlug: 'fast-feedback' }),
      },
    ],
  },
  labs: LAB_CASES,
  licences: LICENCE_CASES,
  live: {
    events: [
      {
        what: 'no topic (topics: below)',
        rule: signedIn,
        input: () => ({ topics: [] }),
      },
    ],
  },
  mail: MAIL_CASES,
  me: ACCOUNT_CASES,
  notifications: NOTIFICATION_CASES,
  profiles: PROFILE_CASES,
  projects: PROJECT_CASES,
  templates: TEMPLATE_CASES,
  members: MEMBER_CASES,
  tokens: TOKEN_CASES,
  triggers: TRIGGER_CASES,
  uploads: UPLOAD_CASES,
};
