import type { ErrorCode } from '#src/shared/errors/app-error.ts';
import {
  allows,
  type ExperimentAction,
  type FacilityAction,
  type InstrumentAction,
  type Role,
} from '#src/shared/permissions/permission-table.ts';

/** What somebody who calls is, as far as rights go: all that a rule may look at. */
export interface Held {
  signedIn: boolean;
  /** In the experiment of the call. */
  inExperiment: readonly Role[];
  /** In the projects of the call; who is a member of the experiment is so in them. */
  inProject: readonly Role[];
  /** Something ties them to the facility of the instrument: it is where they may make templates. */
  ofFacility?: true;
  /** A token for one experiment or instrument alone. */
  isNarrow?: true;
  /** At the instrument of the call. */
  atInstrument: readonly Role[];
}

/** How a call ends: `done`, the code of its error, or a word of the case (`shown`, `hidden`, …). */
export type Outcome = 'done' | ErrorCode | (string & {});

/** How a call must end for somebody, told from what they hold and the permission table. */
export type AccessRule = (held: Held) => Outcome;

export const anybody: AccessRule = () => 'done';

export const signedIn: AccessRule = (held) => (held.signedIn ? 'done' : 'NOT_SIGNED_IN');

/** A right in the experiment: NOT_FOUND for whoever does not even see it, NOT_ALLOWED for whoever sees it and lacks the right. */
export const inExperiment =
  (right: ExperimentAction | InstrumentAction): AccessRule =>
  (held) => {
    if (!held.signedIn) return 'NOT_SIGNED_IN';
    if (!allows('experiment.view', held.inExperiment)) return 'NOT_FOUND';
    return allows(right, held.inExperiment) ? 'done' : 'NOT_ALLOWED';
  };

/** A right in the project, by the same rules. */
export const inProject =
  (right: ExperimentAction): AccessRule =>
  (held) =>
    inExperiment(right)({ ...held, inExperiment: held.inProject });

/** What people do for themselves, and tokens that are for all that is theirs. */
export const forThemselves: AccessRule = (held) => {
  if (!held.signedIn) return 'NOT_SIGNED_IN';
  return held.isNarrow ? 'NOT_ALLOWED' : 'done';
};

/** A right at the instrument: NOT_FOUND for whoever is neither its staff nor an admin of its facility. */
export const atInstrument =
  (right: InstrumentAction): AccessRule =>
  (held) => {
    if (!held.signedIn) return 'NOT_SIGNED_IN';
    if (held.atInstrument.length === 0) return 'NOT_FOUND';
    return allows(right, held.atInstrument) ? 'done' : 'NOT_ALLOWED';
  };

/** A right at the facility of the instrument: whoever is no admin of it is told that there is none. */
export const inFacility =
  (right: FacilityAction): AccessRule =>
  (held) => {
    if (!held.signedIn) return 'NOT_SIGNED_IN';
    return allows(right, held.atInstrument) ? 'done' : 'NOT_FOUND';
  };

/** Members of its experiments know an instrument, and so do its staff and its admins; who reads one by a project does not. */
export const knowsInstrument: AccessRule = (held) => {
  if (!held.signedIn) return 'NOT_SIGNED_IN';
  return held.atInstrument.length > 0 || allows('experiment.people', held.inExperiment)
    ? 'done'
    : 'NOT_FOUND';
};

/** A list that anybody who is signed in may ask for: the thing is in it for those whom the rule lets through. */
export const shownIf =
  (rule: AccessRule): AccessRule =>
  (held) =>
    held.signedIn ? (rule(held) === 'done' ? 'shown' : 'hidden') : 'NOT_SIGNED_IN';

/** Where the rule lets somebody through, the call ends with `outcome` for another reason than rights. */
export const endsWith =
  (rule: AccessRule, outcome: Outcome): AccessRule =>
  (held) => {
    const first = rule(held);
    return first === 'done' ? outcome : first;
  };

/** Every one of the rights: the first that is lacking is the answer. */
export const allOf =
  (...rules: AccessRule[]): AccessRule =>
  (held) =>
    rules.map((rule) => rule(held)).find((outcome) => outcome !== 'done') ?? 'done';
