import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  allows,
  EXPERIMENT_ACTIONS,
  EXPERIMENT_ROLES,
  type ExperimentAction,
  type ExperimentRole,
  type Role,
} from '../../../shared/permissions/permission-table.ts';
import { codeOf, type ExperimentWorld, experimentWorld } from '../../../testing/experiment-world.ts';
import { asPerson, testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { membership, person, projectLink } from '../../db/schema/index.ts';
import { requireExperiment, requireProject, rolesIn } from '../experiments/experiment.policy.ts';
import { createProjectsService, type ProjectsService } from './projects.service.ts';

let database: TestDatabase;
let w: ExperimentWorld;
let projects: ProjectsService;
const system = testContext();
const ACTIONS = Object.keys(EXPERIMENT_ACTIONS) as ExperimentAction[];
type Held = ExperimentRole | null;
const HELD: readonly Held[] = [null, ...EXPERIMENT_ROLES];

beforeAll(async () => {
  database = await testDatabase();
  w = await experimentWorld(database);
  projects = createProjectsService(database);
});
afterAll(() => database?.drop());

let people = 0;
async function somebody() {
  people += 1;
  const row = { id: system.newId(), email: `p${people}@example.org`, name: `Person ${people}` };
  await w.db.insert(person).values({ ...row, createdAt: system.now() });
  return { ...row, ctx: testContext(asPerson(row.id)) };
}

const enrol = (experimentId: string, personId: string, role: ExperimentRole) =>
  w.db.insert(membership).values({ experimentId, personId, role, createdAt: system.now() });
const leave = (experimentId: string, personId: string) =>
  w.db
    .delete(membership)
    .where(and(eq(membership.experimentId, experimentId), eq(membership.personId, personId)));

/** An experiment, a project, and one person who holds these roles in them. */
async function pair(inExperiment: Held, inProject: Held) {
  const me = await somebody();
  const other = await somebody();
  const experiment = await w.experiments.create(w.as('staff'), {
    ...{
      instrumentId: w.instrument.id,
      title: 'Experiment',
      keywords: [],
      proprietary: true,
      externalIds: [],
    },
    piEmail: (inExperiment === 'owner' ? me : other).email,
  });
  const maker = inProject === 'owner' ? me : other;
  const project = await projects.create(maker.ctx, {
    ...{ title: 'Project', keywords: [], facility: w.facility.code },
  });
  if (inExperiment !== null && inExperiment !== 'owner') await enrol(experiment.id, me.id, inExperiment);
  if (inProject !== null && inProject !== 'owner') await enrol(project.id, me.id, inProject);
  return { experiment, project, me, link: { projectId: project.id, experimentId: experiment.id } };
}
type Pair = Awaited<ReturnType<typeof pair>>;

const linked = ({ link, me }: Pair) =>
  w.db.insert(projectLink).values({ ...link, linkedBy: me.id, createdAt: system.now() });
const listed = async ({ me, experiment }: Pair) =>
  (await w.experiments.list(me.ctx, { limit: 200 })).items.some(({ id }) => id === experiment.id);

/** How each action of the table ends for somebody who holds these roles. */
function endings(held: readonly Role[]) {
  const isSeen = allows('experiment.view', held);
  const ending = (action: ExperimentAction) =>
    isSeen ? (allows(action, held) ? 'done' : 'NOT_ALLOWED') : 'NOT_FOUND';
  return Object.fromEntries(ACTIONS.map((action) => [action, ending(action)]));
}
async function foundEndings({ me, experiment }: Pair) {
  const found: Record<string, string> = {};
  for (const action of ACTIONS)
    found[action] = await codeOf(requireExperiment(w.db, me.ctx, experiment.id, action));
  return found;
}

describe('what a link opens: every role in the experiment × every role in the project', () => {
  it.each(HELD.flatMap((a) => HELD.map((b) => [a, b] as const)))(
    '%s × %s',
    async (inExperiment, inProject) => {
      const it = await pair(inExperiment, inProject);
      const own: Role[] = inExperiment === null ? [] : [inExperiment];
      const reads: Role[] = inExperiment === null && inProject !== null ? ['reader'] : own;

      expect(await rolesIn(w.db, it.me.ctx, it.experiment.id)).toEqual(own);
      expect(await foundEndings(it)).toEqual(endings(own));
      expect(await listed(it)).toBe(own.length > 0);
      await linked(it);
      expect(await rolesIn(w.db, it.me.ctx, it.experiment.id)).toEqual(reads);
      expect(await foundEndings(it)).toEqual(endings(reads));
      expect(await listed(it)).toBe(reads.length > 0);
      // A link is read in one direction alone: the people of the experiment see nothing of the project.
      const inIt = inProject === null ? 'NOT_FOUND' : 'done';
      expect(await codeOf(requireProject(w.db, it.me.ctx, it.project.id, 'experiment.view'))).toBe(inIt);
      await projects.unlink(system, it.link);
      expect(await rolesIn(w.db, it.me.ctx, it.experiment.id)).toEqual(own);
      expect(await listed(it)).toBe(own.length > 0);
    },
  );
});

describe('who links, and who takes it back', () => {
  const manages = (held: Held) => held === 'manager' || held === 'owner';

  it.each(HELD.flatMap((a) => HELD.map((b) => [a, b] as const)))(
    '%s × %s',
    async (inExperiment, inProject) => {
      const it = await pair(inExperiment, inProject);
      const seesBoth = inExperiment !== null && inProject !== null;
      const mayLink = manages(inExperiment) && manages(inProject);
      // Who sees a project without managing it is told so before anything is told of the experiment.
      const refused = inProject === null || (manages(inProject) && !seesBoth) ? 'NOT_FOUND' : 'NOT_ALLOWED';
      expect(await codeOf(projects.link(it.me.ctx, it.link))).toBe(mayLink ? 'done' : refused);
      if (!mayLink) await linked(it);
      // Now whoever is in the project reads the experiment, and is told what they may not.
      const refusedNow = inProject === null ? 'NOT_FOUND' : 'NOT_ALLOWED';
      expect(await codeOf(projects.link(it.me.ctx, it.link))).toBe(mayLink ? 'ALREADY_DONE' : refusedNow);

      const seesOne = inExperiment !== null || inProject !== null;
      const mayUnlink = manages(inExperiment) || manages(inProject);
      const ending = mayUnlink ? 'done' : seesOne ? 'NOT_ALLOWED' : 'NOT_FOUND';
      expect(await codeOf(projects.unlink(it.me.ctx, it.link))).toBe(ending);
      const gone = mayUnlink && seesOne ? 'NOT_FOUND' : ending;
      expect(await codeOf(projects.unlink(it.me.ctx, it.link))).toBe(gone);
    },
  );

  it('staff of the instrument do not, not even into a project of their own', async () => {
    const it = await pair(null, null);
    const staff = w.as('staff');
    const own = await projects.create(staff, { title: 'Mine', keywords: [] });
    const link = { projectId: own.id, experimentId: it.experiment.id };
    expect(await codeOf(projects.link(staff, link))).toBe('NOT_ALLOWED');
  });

  it('nor a project into a project, nor an experiment of another facility', async () => {
    const it = await pair('owner', 'owner');
    const second = await projects.create(it.me.ctx, {
      title: 'Two',
      keywords: [],
      facility: w.facility.code,
    });
    const toProject = { projectId: it.project.id, experimentId: second.id };
    expect(await codeOf(projects.link(it.me.ctx, toProject))).toBe('NOT_FOUND');
    const elsewhere = await experimentWorld(database);
    const theirs = await projects.create(it.me.ctx, {
      ...{ title: 'Elsewhere', keywords: [], facility: elsewhere.facility.code },
    });
    const across = { projectId: theirs.id, experimentId: it.experiment.id };
    expect(await codeOf(projects.link(it.me.ctx, across))).toBe('CONFLICT');
  });
});

describe('a link follows who is in the project', () => {
  it('whoever comes reads, whoever leaves does not, at once', async () => {
    const it = await pair('owner', 'owner');
    await projects.link(it.me.ctx, it.link);
    const guest = await somebody();
    const seen = () => codeOf(requireExperiment(w.db, guest.ctx, it.experiment.id, 'file.download'));
    expect(await seen()).toBe('NOT_FOUND');
    await w.members.add(system, { experimentId: it.project.id, email: guest.email, role: 'viewer' });
    expect(await seen()).toBe('done');
    expect(await projects.reading(it.me.ctx, { experimentId: it.experiment.id })).toMatchObject([
      {
        ...{ code: it.project.code, linkedBy: it.me.name, isMine: true, peopleCount: 2 },
        people: [
          { name: it.me.name, role: 'owner' },
          { name: guest.name, role: 'viewer' },
        ],
      },
    ]);
    await w.members.remove(it.me.ctx, { experimentId: it.project.id, personId: guest.id });
    expect(await seen()).toBe('NOT_FOUND');
  });

  it('it does not bring back staff whose access has lapsed', async () => {
    const it = await pair('owner', 'owner');
    await projects.link(it.me.ctx, it.link);
    const staff = w.as('staff');
    await w.experiments.activate(staff, { experimentId: it.experiment.id });
    const { finishedAt } = await w.experiments.finish(staff, { experimentId: it.experiment.id });
    staff.at(new Date(finishedAt.getTime() + 31 * 24 * 3600 * 1000).toISOString());
    expect(await rolesIn(w.db, staff, it.experiment.id)).toEqual([]);
    // Only somebody of the project lets them in, and then as a reader: that is seen on the page of people.
    await enrol(it.project.id, w.people.staff, 'viewer');
    expect(await rolesIn(w.db, staff, it.experiment.id)).toEqual(['reader']);
    await leave(it.project.id, w.people.staff);
  });

  it('who cannot sign in is not shown as somebody who reads', async () => {
    const it = await pair('owner', 'owner');
    await projects.link(it.me.ctx, it.link);
    const guest = await somebody();
    await enrol(it.project.id, guest.id, 'member');
    await w.db.update(person).set({ disabledAt: system.now() }).where(eq(person.id, guest.id));
    const [project] = await projects.reading(it.me.ctx, { experimentId: it.experiment.id });
    expect(project!.people.map(({ name }) => name)).toEqual([it.me.name]);
  });
});
