import { allows } from '#src/shared/permissions/permission-table.ts';
import type { AccessCases } from './access-case.ts';
import {
  type AccessRule,
  allOf,
  forThemselves,
  inExperiment,
  inProject,
  shownIf,
  signedIn,
} from './access-rules.ts';
import type { AccessWorld } from './access-world.ts';

const sees = inProject('experiment.view');
const itsProject = (w: AccessWorld) => ({ projectId: w.project.id });

/** Either side takes a link back. */
export const endsLink: AccessRule = (held) => {
  if (!held.signedIn) return 'NOT_SIGNED_IN';
  const isSeen = allows('experiment.view', held.inProject) || allows('experiment.people', held.inExperiment);
  if (!isSeen) return 'NOT_FOUND';
  const may = allows('project.link', held.inProject) || allows('experiment.link', held.inExperiment);
  return may ? 'done' : 'NOT_ALLOWED';
};

export const makesLink = allOf(inProject('project.link'), inExperiment('experiment.link'));

export const PROJECT_CASES: AccessCases['projects'] = {
  list: [
    {
      what: 'the project',
      rule: shownIf(sees),
      input: () => ({}),
      outcome: ({ items }, w) => (items.some(({ id }) => id === w.project.id) ? 'shown' : 'hidden'),
    },
  ],
  facilities: [{ what: 'all', rule: signedIn, input: () => undefined }],
  byCode: [{ what: 'the project', rule: sees, input: (w) => ({ code: w.project.code }) }],
  create: [
    {
      what: 'at the facility',
      rule: forThemselves,
      input: (w) => ({ title: 'New', facility: w.facility.code }),
    },
  ],
  edit: [
    {
      what: 'its title',
      rule: inProject('experiment.edit'),
      input: (w) => ({ ...itsProject(w), version: 1, title: 'Renamed' }),
    },
  ],
  experiments: [{ what: 'of the project', rule: sees, input: itsProject }],
  reading: [
    {
      what: 'the experiment',
      rule: inExperiment('experiment.people'),
      input: (w) => ({ experimentId: w.running.id }),
    },
  ],
  link: [
    {
      what: 'the experiment to the project that reads none',
      rule: makesLink,
      input: (w) => ({ projectId: w.emptyProject.id, experimentId: w.running.id }),
    },
  ],
  unlink: [
    {
      what: 'the experiment from the project',
      rule: endsLink,
      input: (w) => ({ ...itsProject(w), experimentId: w.running.id }),
    },
  ],
};
