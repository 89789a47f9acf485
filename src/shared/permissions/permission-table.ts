/**
 * Who may do what: one table, used by the server's policies, by the interface (to hide what is not allowed) and by the
 * documentation. Viewer ⊂ Member ⊂ Manager ⊂ Owner; staff and admin are separate and add nothing to each other.
 */
export const EXPERIMENT_ROLES = ['viewer', 'member', 'manager', 'owner'] as const;
export type ExperimentRole = (typeof EXPERIMENT_ROLES)[number];
/** What may be given; the ownership is handed over. */
export const GIVEN_ROLES = ['viewer', 'member', 'manager'] as const;
export type GivenRole = (typeof GIVEN_ROLES)[number];
/**
 * `reader`: in a project that the experiment is linked to, while the link stands. `staff`: of the experiment's instrument, while their access
 * lasts. `admin`: of its facility; sees no data by itself.
 */
export type Role = ExperimentRole | 'reader' | 'staff' | 'admin';

const READER_UP: readonly Role[] = ['reader', 'viewer', 'member', 'manager', 'owner', 'staff'];
const VIEWER_UP: readonly Role[] = ['viewer', 'member', 'manager', 'owner', 'staff'];
const MEMBER_UP: readonly Role[] = ['member', 'manager', 'owner', 'staff'];
const MANAGER_UP: readonly Role[] = ['manager', 'owner', 'staff'];
const STAFF: readonly Role[] = ['staff'];

export const EXPERIMENT_ACTIONS = {
  'experiment.view': { roles: READER_UP, means: 'see the experiment, its files, datasets and jobs' },
  'file.download': { roles: READER_UP, means: 'download files' },
  'experiment.people': { roles: VIEWER_UP, means: 'see who has access to it, and why' },
  'file.upload': {
    roles: MEMBER_UP,
    means: 'upload files, write samples, say and correct what was measured',
  },
  // Not staff: what an experiment made of its data is its people's to throw away.
  'file.askDeletion': {
    roles: ['member', 'manager', 'owner'],
    means: 'ask for files to be deleted, never of raw data',
  },
  'file.grantDeletion': {
    roles: ['manager', 'owner'],
    means: 'grant or decline the deletion of files, never of raw data',
  },
  'job.run': { roles: MEMBER_UP, means: 'run and re-run jobs, cancel own jobs' },
  'job.chooseResult': { roles: MEMBER_UP, means: 'say which job’s result stands for a dataset in lists' },
  'job.cancelAny': { roles: MANAGER_UP, means: 'cancel any job' },
  'member.addViewer': { roles: MEMBER_UP, means: 'add viewers' },
  'member.manage': { roles: MANAGER_UP, means: 'invite and remove members' },
  'member.nameManagers': { roles: ['owner'], means: 'name managers' },
  'member.handOver': { roles: ['owner'], means: 'offer the ownership to somebody in the experiment' },
  'staff.extendAccess': { roles: ['owner'], means: 'let staff keep their access after the end' },
  'upload.pause': { roles: MANAGER_UP, means: 'pause upload of the experiment' },
  // Not staff: who could link on their own would keep by a project what lapses for staff.
  'experiment.link': {
    roles: ['manager', 'owner'],
    means: 'link it to a project, so that everybody in the project reads it, and take the link back',
  },
  'project.link': {
    roles: ['manager', 'owner'],
    means: 'of a project: bring experiments in, and take them out',
  },
  'experiment.edit': { roles: MANAGER_UP, means: 'change title and keywords' },
  'experiment.plan': { roles: STAFF, means: 'change dates, PI, terms and whether it is proprietary' },
  'experiment.strategy': {
    roles: MANAGER_UP,
    means: 'choose the strategy, and set its triggers otherwise for the experiment',
  },
  'experiment.askProlongation': { roles: MANAGER_UP, means: 'ask for a longer processing window' },
} as const satisfies Record<string, { roles: readonly Role[]; means: string }>;
export type ExperimentAction = keyof typeof EXPERIMENT_ACTIONS;

export const INSTRUMENT_ACTIONS = {
  'instrument.cockpit': { roles: STAFF, means: 'see the whole cockpit of the instrument' },
  'instrument.activate': { roles: STAFF, means: 'create, activate and finish experiments' },
  'instrument.agents': {
    roles: STAFF,
    means: 'see and manage agents, strategies and their triggers, destinations and wall displays',
  },
  'instrument.licences': {
    roles: ['staff', 'admin'],
    means: 'make agents; issue, revoke and restore their licences',
  },
  'instrument.streamFields': {
    roles: ['staff', 'admin'],
    means: 'set which names in the user data of streams fill which fields of an acquisition',
  },
  'instrument.prolong': {
    roles: ['staff', 'admin'],
    means: 'prolong the processing window of experiments, or refuse it',
  },
  'instrument.alarms': {
    roles: STAFF,
    means: 'acknowledge alarms, set who is on call and where alarms are posted',
  },
  'instrument.facilityAlarms': {
    roles: ['staff', 'admin'],
    means: 'acknowledge alarms of the whole facility, such as storage that fills',
  },
  'instrument.unassigned': { roles: STAFF, means: 'see data that belong to no experiment yet' },
  'instrument.templates': { roles: STAFF, means: 'share job templates with everybody at the instrument' },
} as const satisfies Record<string, { roles: readonly Role[]; means: string }>;
export type InstrumentAction = keyof typeof INSTRUMENT_ACTIONS;

export const FACILITY_ACTIONS = {
  'facility.people': { roles: ['admin'], means: 'manage people of the facility' },
  'facility.instruments': { roles: ['admin'], means: 'manage instruments' },
  'facility.agents': { roles: ['admin'], means: 'see the agents of all instruments with their licences' },
  'facility.licences': { roles: ['admin'], means: 'manage licences, labs and profiles, see who used what' },
  'facility.policies': { roles: ['admin'], means: 'change the policies of the facility' },
  'facility.alarms': { roles: ['admin'], means: 'see the alarms of the whole facility' },
  'facility.audit': { roles: ['admin'], means: 'search the audit trail' },
  'facility.templates': { roles: ['admin'], means: 'share job templates with the facility or with everyone' },
  'facility.network': { roles: ['admin'], means: 'let versions of job templates reach the network' },
} as const satisfies Record<string, { roles: readonly Role[]; means: string }>;
export type FacilityAction = keyof typeof FACILITY_ACTIONS;

/** In a job template that somebody made: `owner` made it, a `reader` is somebody it is shared with, `admin` of its facility. */
export const TEMPLATE_ACTIONS = {
  'template.view': {
    roles: ['reader', 'owner', 'admin'],
    means: 'see it with its script and versions, run it',
  },
  'template.edit': { roles: ['owner'], means: 'write new versions, share it with people' },
  'template.archive': { roles: ['owner', 'admin'], means: 'archive it and bring it back' },
} as const satisfies Record<string, { roles: readonly Role[]; means: string }>;
export type TemplateAction = keyof typeof TEMPLATE_ACTIONS;

const ALL_ACTIONS: Readonly<Record<string, { roles: readonly Role[] }>> = {
  ...EXPERIMENT_ACTIONS,
  ...INSTRUMENT_ACTIONS,
  ...FACILITY_ACTIONS,
  ...TEMPLATE_ACTIONS,
};

/** True when one of the roles a person holds allows the action. Shapes: roles is what the person holds, possibly empty. */
export function allows(
  action: ExperimentAction | InstrumentAction | FacilityAction | TemplateAction,
  held: readonly Role[],
): boolean {
  const row = ALL_ACTIONS[action];
  return row !== undefined && held.some((role) => row.roles.includes(role));
}
