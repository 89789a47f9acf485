import type { AccessCases } from './access-case.ts';
import { AGENT_CASES } from './access-cases-agents.ts';
import { DATASET_CASES, FILE_CASES } from './access-cases-data.ts';
import { TOKEN_CASES } from './access-cases-tokens.ts';
import {
  type AccessRule,
  allOf,
  anybody,
  atInstrument,
  endsWith,
  inExperiment,
  knowsInstrument,
  shownIf,
  signedIn,
} from './access-rules.ts';
import type { AccessWorld } from './access-world.ts';

const sees = inExperiment('experiment.view');
const seesTray = atInstrument('instrument.unassigned');
const shown = (found: boolean) => (found ? 'shown' : 'hidden');

const running = (w: AccessWorld) => ({ experimentId: w.running.id });
const next = (w: AccessWorld) => ({ experimentId: w.next.id });
const itsInstrument = (w: AccessWorld) => ({ instrumentId: w.instrument.id });
const itsDataset = (w: AccessWorld) => ({ datasetId: w.running.datasetId });
const trayDataset = (w: AccessWorld) => ({ datasetId: w.tray.datasetId });
const itsJob = (w: AccessWorld) => ({ jobId: w.running.jobId });

/** Staff see the whole cockpit, members the part of their experiments; an admin knows that it exists. */
const cockpitPart: AccessRule = (held) => {
  if (knowsInstrument(held) !== 'done') return knowsInstrument(held);
  if (atInstrument('instrument.cockpit')(held) === 'done') return 'whole';
  return sees(held) === 'done' ? 'own part' : 'NOT_ALLOWED';
};

/** Who leaves must be in: staff are not members, and the owner stays. */
const leave: AccessRule = (held) => {
  if (sees(held) !== 'done') return sees(held);
  if (held.inExperiment.includes('owner')) return 'CONFLICT';
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
  cockpit: {
    view: [
      {
        what: 'the instrument',
        rule: cockpitPart,
        input: (w) => ({ slug: w.instrument.slug }),
        outcome: ({ scope }) => (scope === 'whole' ? 'whole' : 'own part'),
      },
      {
        what: 'data that belong to nobody',
        rule: (held) => {
          const part = cockpitPart(held);
          if (part !== 'whole' && part !== 'own part') return part;
          return seesTray(held) === 'done' ? 'shown' : 'hidden';
        },
        input: (w) => ({ slug: w.instrument.slug }),
        outcome: ({ unassigned }) => shown(unassigned.total > 0),
      },
    ],
  },
  datasets: DATASET_CASES,
  experiments: {
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
    members: [{ what: 'of the experiment', rule: sees, input: running }],
    addMember: [
      {
        what: 'a viewer',
        rule: inExperiment('member.addViewer'),
        input: (w) => ({ ...running(w), email: w.others.newcomer.email, role: 'viewer' }),
      },
      {
        what: 'a member',
        rule: inExperiment('member.manage'),
        input: (w) => ({ ...running(w), email: w.others.newcomer.email, role: 'member' }),
      },
      {
        what: 'a manager',
        rule: inExperiment('member.nameManagers'),
        input: (w) => ({ ...running(w), email: w.others.newcomer.email, role: 'manager' }),
      },
    ],
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
  files: FILE_CASES,
  instruments: {
    activations: [
      { what: 'of the instrument', rule: atInstrument('instrument.cockpit'), input: itsInstrument },
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
        rule: shownIf(sees),
        input: () => undefined,
        outcome: (items, w) => shown(items.some((item) => item.active?.id === w.running.id)),
      },
    ],
  },
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
    log: [{ what: 'of the experiment', rule: sees, input: itsJob }],
    cancel: [
      { what: 'one that a trigger started', rule: inExperiment('job.cancelAny'), input: itsJob },
      { what: 'one’s own', rule: inExperiment('job.run'), input: (_, me) => ({ jobId: me.ownJobId }) },
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
  live: {
    events: [
      {
        what: 'no topic (topics: below)',
        rule: signedIn,
        input: () => ({ topics: [] }),
      },
    ],
  },
  me: {
    profile: [
      {
        what: 'one’s own',
        rule: signedIn,
        input: () => undefined,
        outcome: ({ personId }, _, me) => (personId === me.personId ? 'done' : 'of somebody else'),
      },
    ],
    sessions: [
      {
        what: 'one’s own',
        rule: signedIn,
        input: () => undefined,
        outcome: (sessions, _, me) =>
          sessions.map((session) => session.sessionId).join() === me.sessionId ? 'done' : 'of others too',
      },
    ],
    revokeSession: [
      { what: 'one’s own', rule: signedIn, input: (_, me) => ({ sessionId: me.sessionId }) },
      {
        what: 'somebody else’s',
        rule: endsWith(signedIn, 'NOT_FOUND'),
        input: (w) => ({ sessionId: w.newcomerSessionId }),
      },
    ],
    revokeAllSessions: [
      {
        what: 'one’s own',
        rule: signedIn,
        input: () => ({ keepThis: false }),
        outcome: (ended) => (ended === 1 ? 'done' : `ended ${ended}`),
      },
    ],
    setPassword: [
      {
        what: 'with a link',
        rule: anybody,
        input: (w) => ({ token: w.passwordToken, password: 'a calm control room' }),
      },
      {
        what: 'without one',
        rule: () => 'LINK_EXPIRED',
        input: () => ({ token: 'x'.repeat(43), password: 'a calm control room' }),
      },
    ],
  },
  tokens: TOKEN_CASES,
};
