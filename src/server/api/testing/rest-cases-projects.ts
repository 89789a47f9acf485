import { makesLink } from './access-cases-projects.ts';
import { type AccessRule, forThemselves, inExperiment, inProject, shownIf } from './access-rules.ts';
import type { AccessWorld } from './access-world.ts';
import type { RestCase } from './rest-case.ts';

const sees = inProject('experiment.view');
const itsProject = (w: AccessWorld) => ({ params: { project: w.project.code } });
const linkOf = (project: { code: string }, experiment: { code: string }) => ({
  params: { project: project.code, experiment: experiment.code },
});

/** By their codes both must be seen first. */
const ofBothSeen =
  (rule: AccessRule): AccessRule =>
  (held) =>
    [sees, inExperiment('experiment.view')].map((seen) => seen(held)).find((end) => end !== 'done') ??
    rule(held);

/** Every operation of projects. */
export const PROJECT_REST_CASES: Readonly<Record<string, readonly RestCase[]>> = {
  'projects.list': [
    {
      what: 'the project',
      rule: shownIf(sees),
      input: () => ({}),
      outcome: (answer, w) => {
        const { items } = answer as { items: { code: string }[] };
        return items.some(({ code }) => code === w.project.code) ? 'shown' : 'hidden';
      },
    },
  ],
  'projects.create': [
    {
      what: 'at the facility',
      rule: forThemselves,
      input: (w) => ({ body: { title: 'New', facility: w.facility.code } }),
    },
  ],
  'projects.get': [{ what: 'the project', rule: sees, input: itsProject }],
  'projects.experiments': [{ what: 'of the project', rule: sees, input: itsProject }],
  'projects.link': [
    {
      what: 'the experiment to the project that reads none',
      rule: ofBothSeen(makesLink),
      input: (w) => linkOf(w.emptyProject, w.running),
    },
  ],
  'projects.unlink': [
    {
      what: 'the experiment from the project',
      rule: ofBothSeen(inProject('project.link')),
      input: (w) => linkOf(w.project, w.running),
    },
  ],
  'projects.members': [{ what: 'of the project', rule: inProject('experiment.people'), input: itsProject }],
  'projects.invite': [
    {
      what: 'a viewer',
      rule: inProject('member.addViewer'),
      input: (w) => ({ ...itsProject(w), body: { to: w.others.newcomer.email, role: 'viewer' } }),
    },
  ],
};
