import { inArray } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../../shared/errors/app-error.ts';
import { type ExperimentWorld, experimentWorld } from '../../../testing/experiment-world.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { mail, outbox } from '../../db/schema/index.ts';
import type { ServiceContext } from '../context.ts';
import { createProjectsService, type ProjectsService } from './projects.service.ts';

let database: TestDatabase;
let w: ExperimentWorld;
let projects: ProjectsService;
const OF_EXPERIMENT = 'kanarienvogel';
const OF_PROJECT = 'zeisig';

beforeAll(async () => {
  database = await testDatabase();
  w = await experimentWorld(database);
  projects = createProjectsService(database);
});
afterAll(() => database?.drop());

/** A project of the PI with somebody from elsewhere in it, an experiment of the PI with another member, and nobody in both but the PI. */
async function neighbours() {
  const pi = w.as('pi');
  const experiment = await w.make(`${OF_EXPERIMENT} 1`);
  const experimentId = experiment.id;
  await w.samples.upsert(pi, { experimentId, samples: [{ name: `${OF_EXPERIMENT} 2` }] });
  await w.members.add(testContext(), { experimentId, email: w.email('other'), role: 'member' });
  const project = await projects.create(pi, { title: `${OF_PROJECT} 1`, keywords: [`${OF_PROJECT} 2`] });
  const email = w.email('outsider');
  await w.members.add(testContext(), { experimentId: project.id, email, role: 'manager' });
  return { experiment, project, link: { projectId: project.id, experimentId } };
}
type Neighbours = Awaited<ReturnType<typeof neighbours>>;

/** Everything that somebody is answered, refusals too, as one text. */
async function answersTo(ctx: ServiceContext, { experiment, project }: Neighbours): Promise<string> {
  const experimentId = experiment.id;
  const asked = [
    () => w.experiments.list(ctx, {}),
    () => w.experiments.list(ctx, { search: OF_EXPERIMENT }),
    () => w.experiments.getByCode(ctx, { code: experiment.code }),
    () => w.samples.list(ctx, { experimentId }),
    () => w.members.list(ctx, { experimentId }),
    () => w.members.list(ctx, { experimentId: project.id }),
    () => projects.list(ctx, {}),
    () => projects.list(ctx, { search: OF_PROJECT }),
    () => projects.getByCode(ctx, { code: project.code }),
    () => projects.experiments(ctx, { projectId: project.id }),
    () => projects.reading(ctx, { experimentId }),
    () => projects.unlink(ctx, { projectId: project.id, experimentId: project.id }),
  ];
  const answers = [];
  for (const ask of asked) {
    answers.push(
      await Promise.resolve(ask()).catch((error) => {
        if (error instanceof AppError) return error.message;
        throw error;
      }),
    );
  }
  return JSON.stringify(answers);
}

describe('words of an experiment and of a project that reads it', () => {
  it('are seen by the other side while they are linked, and never before or after', async () => {
    const it = await neighbours();
    const guest = w.as('outsider');
    const member = w.as('other');
    const apart = async () => {
      expect(await answersTo(guest, it)).not.toContain(OF_EXPERIMENT);
      expect(await answersTo(member, it)).not.toContain(OF_PROJECT);
    };
    await apart();
    await projects.link(w.as('pi'), it.link);
    const read = await answersTo(guest, it);
    expect(read).toContain(`${OF_EXPERIMENT} 1`);
    expect(read).toContain(`${OF_EXPERIMENT} 2`);
    // Nor then who is in the experiment, by name or address.
    expect(read).not.toMatch(new RegExp(w.email('other').replace(/@.*/, '').replace('.', '[. ]')));
    const seen = await answersTo(member, it);
    expect(seen).toContain(`${OF_PROJECT} 1`);
    expect(seen).not.toContain(`${OF_PROJECT} 2`);
    expect(await answersTo(w.as('admin'), it)).not.toMatch(`${OF_EXPERIMENT}|${OF_PROJECT}`);
    await projects.unlink(w.as('pi'), it.link);
    await apart();
  });

  it('are in no event and no mail', async () => {
    const it = await neighbours();
    await projects.link(w.as('pi'), it.link);
    await projects.unlink(w.as('pi'), it.link);
    const topics = [`experiment:${it.project.id}`, `experiment:${it.experiment.id}`];
    const people = (['outsider', 'other', 'pi'] as const).map((name) => `person:${w.people[name]}`);
    const events = await w.db
      .select()
      .from(outbox)
      .where(inArray(outbox.topic, [...topics, ...people]));
    expect(events.length).toBeGreaterThan(5);
    const told = JSON.stringify([events.map(({ data }) => data), await w.db.select().from(mail)]);
    expect(told).not.toMatch(`${OF_EXPERIMENT}|${OF_PROJECT}`);
  });
});
