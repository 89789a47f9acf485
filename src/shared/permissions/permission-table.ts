/**
 * Who may do what: one table, used by the server's policies, by the interface (to hide what is not allowed) and by the
 * documentation. Viewer ⊂ Member ⊂ Manager ⊂ Owner; staff and admin are separate and add nothing to each other.
 */
export const EXPERIMENT_ROLES = ['viewer', 'member', 'manager', 'owner'] as const;
export type ExperimentRole = (typeof EXPERIMENT_ROLES)[number];
/** `staff`: of the experiment's instrument, while their access lasts. `admin`: of its facility; sees no data by itself. */
export type Role = ExperimentRole | 'staff' | 'admin';

const VIEWER_UP: readonly Role[] = ['viewer', 'member', 'manager', 'owner', 'staff'];
const MEMBER_UP: readonly Role[] = ['member', 'manager', 'owner', 'staff'];
const MANAGER_UP: readonly Role[] = ['manager', 'owner', 'staff'];
const STAFF: readonly Role[] = ['staff'];

export const EXPERIMENT_ACTIONS = {
  'experiment.view': { roles: VIEWER_UP, means: 'see the experiment, its files, datasets and jobs' },
  'file.download': { roles: VIEWER_UP, means: 'download files' },
  'file.upload': { roles: MEMBER_UP, means: 'upload files' },
  'job.run': { roles: MEMBER_UP, means: 'run and re-run jobs, cancel own jobs' },
  'job.cancelAny': { roles: MANAGER_UP, means: 'cancel any job' },
  'member.addViewer': { roles: MEMBER_UP, means: 'add viewers' },
  'member.manage': { roles: MANAGER_UP, means: 'invite and remove members' },
  'member.nameManagers': { roles: ['owner'], means: 'name managers' },
  'upload.pause': { roles: MANAGER_UP, means: 'pause upload of the experiment' },
} as const satisfies Record<string, { roles: readonly Role[]; means: string }>;
export type ExperimentAction = keyof typeof EXPERIMENT_ACTIONS;

export const INSTRUMENT_ACTIONS = {
  'instrument.cockpit': { roles: STAFF, means: 'see the whole cockpit of the instrument' },
  'instrument.activate': { roles: STAFF, means: 'create, activate and finish experiments' },
  'instrument.agents': { roles: STAFF, means: 'see and manage agents, triggers and destinations' },
  'instrument.unassigned': { roles: STAFF, means: 'see data that belong to no experiment yet' },
} as const satisfies Record<string, { roles: readonly Role[]; means: string }>;
export type InstrumentAction = keyof typeof INSTRUMENT_ACTIONS;

export const FACILITY_ACTIONS = {
  'facility.people': { roles: ['admin'], means: 'manage people of the facility' },
  'facility.instruments': { roles: ['admin'], means: 'manage instruments' },
} as const satisfies Record<string, { roles: readonly Role[]; means: string }>;
export type FacilityAction = keyof typeof FACILITY_ACTIONS;

/** True when one of the roles a person holds allows the action. Shapes: roles is what the person holds, possibly empty. */
export function allows(
  action: ExperimentAction | InstrumentAction | FacilityAction,
  held: readonly Role[],
): boolean {
  const row: { roles: readonly Role[] } =
    action in EXPERIMENT_ACTIONS
      ? EXPERIMENT_ACTIONS[action as ExperimentAction]
      : action in INSTRUMENT_ACTIONS
        ? INSTRUMENT_ACTIONS[action as InstrumentAction]
        : FACILITY_ACTIONS[action as FacilityAction];
  return held.some((role) => row.roles.includes(role));
}
