import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { templateContentSchema } from '#src/shared/contracts/template-content.ts';
import { codeOf, experimentWorld } from '#src/testing/experiment-world.ts';
import { EMPTY_CONTENT } from '#src/testing/template-content.ts';
import { testContext } from '#src/testing/test-context.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { BUILT_IN_TEMPLATES } from '#templates/index.ts';
import { audit, jobTemplate, outbox, trigger } from '../../db/schema/index.ts';
import { createJobsService, type JobsService } from '../jobs/jobs.service.ts';
import { createTemplatesService, type ShareWith, type TemplatesService } from './templates.service.ts';

const system = testContext();
let database: TestDatabase;
let templates: TemplatesService;
let jobs: JobsService;
let w: Awaited<ReturnType<typeof experimentWorld>>;
let slug: string;

beforeAll(async () => {
  database = await testDatabase();
  templates = createTemplatesService({ db: database.db });
  jobs = createJobsService({ db: database.db });
  await jobs.ensureBuiltInTemplates(system, BUILT_IN_TEMPLATES);
});
afterAll(() => database?.drop());

/** The PI of an experiment has made a template; the other is a member of another experiment of the facility. */
beforeEach(async () => {
  w = await experimentWorld(database);
  await w.make('Lysozyme');
  ({ slug } = await templates.create(w.as('pi'), { content: EMPTY_CONTENT }));
});

const seen = async (name: Parameters<typeof w.as>[0]) =>
  (await templates.list(w.as(name))).some((item) => item.slug === slug);
const share = (name: Parameters<typeof w.as>[0], wanted: ShareWith) =>
  codeOf(templates.share(w.as(name), { slug, with: wanted }));
const save = (version: number, script: string, name: Parameters<typeof w.as>[0] = 'pi') =>
  templates.save(w.as(name), { slug, version, content: { ...EMPTY_CONTENT, script }, note: `to ${script}` });

describe('versions', () => {
  it('never change: a change makes the next one, and whoever edited an older one is told', async () => {
    expect(await save(1, 'false\n')).toEqual({ version: 2 });
    expect(await codeOf(save(1, 'exit 2\n'))).toBe('CONFLICT');
    const newest = await templates.get(w.as('pi'), { slug });
    expect(newest).toMatchObject({
      version: 2,
      newestVersion: 2,
      isMine: true,
      mayEdit: true,
      missing: null,
    });
    expect(newest.content?.script).toBe('false\n');
    expect(newest.versions.map(({ version, note, madeByName }) => [version, note, madeByName])).toEqual([
      [2, 'to false\n', expect.stringMatching(/^pi/)],
      [1, '', expect.stringMatching(/^pi/)],
    ]);
    const first = await templates.get(w.as('pi'), { slug, version: 1 });
    expect(first.content).toEqual(EMPTY_CONTENT);
    expect(await codeOf(templates.get(w.as('pi'), { slug, version: 3 }))).toBe('NOT_FOUND');
  });

  it('are written by one of two editors at the same moment', async () => {
    const ends = await Promise.all([codeOf(save(1, 'a')), codeOf(save(1, 'b'))]);
    expect(ends.sort()).toEqual(['CONFLICT', 'done']);
  });

  it('come back with support files as they were, text or not', async () => {
    const files = [
      { path: 'a.txt', encoding: 'utf8' as const, content: 'Å\n' },
      { path: 'b/c.bin', encoding: 'base64' as const, content: Buffer.from([0, 255, 1]).toString('base64') },
    ];
    const content = { ...EMPTY_CONTENT, language: 'python' as const, files };
    const made = await templates.create(w.as('pi'), { content });
    expect((await templates.get(w.as('pi'), made)).content).toEqual(content);
  });

  it('of scripts that ship with the product make templates of one’s own', async () => {
    const scripts = BUILT_IN_TEMPLATES.filter(({ entry }) => entry.startsWith('script:'));
    for (const shipped of scripts) {
      const { content } = await templates.get(w.as('pi'), { slug: shipped.slug });
      const copy = templateContentSchema.parse(content);
      expect(copy.metrics.map(({ name }) => name)).toEqual(shipped.metrics.map(({ name }) => name));
      expect(copy.outputs).toEqual(shipped.outputs ?? []);
      expect(copy.files).toHaveLength((shipped.files?.length ?? 0) - 1);
    }
  });

  it('stay with a trigger until staff give it a newer one', async () => {
    await templates.share(w.as('pi'), { slug, with: { sharedWith: 'person', personId: w.people.staff } });
    const wanted = { instrumentId: w.instrument.id, name: 'Own', templateSlug: slug };
    const versionOfTrigger = async (triggerId: string) =>
      (
        await database.db
          .select({ version: jobTemplate.version })
          .from(trigger)
          .innerJoin(jobTemplate, eq(jobTemplate.id, trigger.templateId))
          .where(eq(trigger.id, triggerId))
      )[0]?.version;
    const { triggerId } = await jobs.createTrigger(w.as('staff'), wanted);
    await save(1, 'false\n');
    expect(await versionOfTrigger(triggerId)).toBe(1);
    await jobs.createTrigger(w.as('staff'), wanted);
    expect(await versionOfTrigger(triggerId)).toBe(2);
  });

  it('are told to the owner, and kept in the audit trail', async () => {
    await save(1, 'false\n');
    const told = await database.db
      .select()
      .from(outbox)
      .where(and(eq(outbox.kind, 'template.changed'), eq(outbox.topic, `person:${w.people.pi}`)));
    expect(told).toHaveLength(2);
    const { templateId } = told[0]!.data as { templateId: string };
    const trail = await database.db.select().from(audit).where(eq(audit.entityId, templateId));
    expect(trail.map(({ action }) => action)).toEqual(['template.create', 'template.change']);
  });
});

describe('sharing', () => {
  it('a new template is its maker’s alone; admins of the facility answer for what runs there and see it', async () => {
    expect(await Promise.all((['pi', 'admin', 'staff', 'outsider'] as const).map(seen))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(await codeOf(templates.get(w.as('staff'), { slug }))).toBe('NOT_FOUND');
    expect(await codeOf(save(1, 'x', 'staff'))).toBe('NOT_FOUND');
    expect(await codeOf(save(1, 'x', 'admin'))).toBe('NOT_ALLOWED');
    expect(await codeOf(templates.list(testContext({ kind: 'anonymous' })))).toBe('NOT_SIGNED_IN');
  });

  it('with people whom the owner knows, and until it is taken back', async () => {
    expect(await share('pi', { sharedWith: 'person', personId: w.people.outsider })).toBe('NOT_FOUND');
    expect(await share('pi', { sharedWith: 'person', personId: w.people.staff })).toBe('done');
    expect(await share('pi', { sharedWith: 'person', personId: w.people.staff })).toBe('ALREADY_DONE');
    expect(await seen('staff')).toBe(true);
    expect((await jobs.listTemplates(w.as('staff'))).map((each) => each.slug)).toContain(slug);
    expect(await codeOf(save(1, 'x', 'staff'))).toBe('NOT_ALLOWED');
    const [given] = (await templates.get(w.as('pi'), { slug })).shares;
    await templates.endShare(w.as('pi'), { slug, shareId: given!.shareId });
    expect(await seen('staff')).toBe(false);
    expect((await templates.colleagues(w.as('pi'))).map(({ personId }) => personId)).toEqual([
      w.people.staff,
    ]);
  });

  it('with an instrument by its staff who see it, then its members see it', async () => {
    const here = { sharedWith: 'instrument', instrumentId: w.instrument.id } as const;
    expect(await share('staff', here)).toBe('NOT_FOUND');
    expect(await share('pi', here)).toBe('NOT_FOUND');
    await share('pi', { sharedWith: 'person', personId: w.people.staff });
    expect(await share('staff', here)).toBe('done');
    const [given] = (await templates.get(w.as('staff'), { slug })).shares;
    expect(given).toMatchObject({ sharedWith: 'instrument', mayEnd: true });
    expect(await seen('outsider')).toBe(false);
    // Its owner takes back what others gave, too.
    expect(await codeOf(templates.endShare(w.as('pi'), { slug, shareId: given!.shareId }))).toBe('done');
  });

  it('with the facility or everyone by its admins', async () => {
    expect(await share('pi', { sharedWith: 'facility' })).toBe('NOT_ALLOWED');
    expect(await share('admin', { sharedWith: 'facility' })).toBe('done');
    expect(await Promise.all((['staff', 'outsider'] as const).map(seen))).toEqual([true, false]);
    expect(await share('admin', { sharedWith: 'everyone' })).toBe('done');
    expect(await seen('outsider')).toBe(true);
  });
});

describe('running', () => {
  it('what ran in an experiment may be run again by everybody who may run jobs there, and nowhere else', async () => {
    const [here, elsewhere] = [await w.make('Here'), await w.make('Elsewhere')];
    const runIn = (name: 'pi' | 'staff' | 'outsider', experimentId: string) =>
      codeOf(jobs.runTemplate(w.as(name), { experimentId, templateSlug: slug }));
    expect(await runIn('staff', here.id)).toBe('NOT_FOUND');
    expect(await runIn('pi', here.id)).toBe('done');
    expect(await runIn('staff', here.id)).toBe('done');
    expect(await runIn('staff', elsewhere.id)).toBe('NOT_FOUND');
    expect(await runIn('outsider', here.id)).toBe('NOT_FOUND');
    const [first] = (await jobs.list(w.as('staff'), { experimentId: here.id, limit: 1 })).items;
    const seenJob = await jobs.get(w.as('staff'), { jobId: first!.id });
    expect(seenJob.newest).toEqual({ version: 1, parameters: [] });
    await templates.setArchived(w.as('pi'), { slug, archived: true });
    expect(await runIn('staff', here.id)).toBe('CONFLICT');
    expect((await jobs.get(w.as('staff'), { jobId: first!.id })).newest).toBeNull();
  });

  it('is refused to people while the machine is known to lack something', async () => {
    const { id: experimentId } = await w.make('Here');
    const missing = [{ kind: 'command' as const, name: 'dials.scale', how: 'apt-get install dials' }];
    await database.db.update(jobTemplate).set({ missing }).where(eq(jobTemplate.slug, slug));
    const run = { experimentId, templateSlug: slug };
    expect((await jobs.offer(w.as('pi'), run)).refused?.message).toContain('apt-get install dials');
    expect(await codeOf(jobs.runTemplate(w.as('pi'), run))).toBe('CONFLICT');
  });
});

describe('a version that asks for the network', () => {
  it('runs once an admin has allowed it at the facility, that version alone, and not once it is forbidden again', async () => {
    const { id: experimentId } = await w.make('Here');
    const run = { experimentId, templateSlug: slug };
    const start = () => codeOf(jobs.runTemplate(w.as('pi'), run));
    const set = (name: 'pi' | 'admin', version: number, allowed = true) =>
      codeOf(templates.setNetwork(w.as(name), { slug, version, allowed, facilityId: w.facility.id }));
    const content = { ...EMPTY_CONTENT, network: true };
    await templates.save(w.as('pi'), { slug, version: 1, content });

    expect(await start()).toBe('CONFLICT');
    const { refused, network } = await jobs.offer(w.as('pi'), run);
    expect(refused?.message).toMatch(/reaches the network, and .+ has not allowed that of version 2/);
    expect(network).toBe(true);
    expect(await set('pi', 2)).toBe('NOT_ALLOWED');
    expect(await set('admin', 1)).toBe('BAD_INPUT');
    expect(await set('admin', 2)).toBe('done');
    expect(await set('admin', 2)).toBe('ALREADY_DONE');
    expect(await start()).toBe('done');
    expect(await templates.get(w.as('pi'), { slug })).toMatchObject({
      network: { allowed: [{ facilityId: w.facility.id }], mayAllow: [] },
      content,
    });

    await templates.save(w.as('pi'), { slug, version: 2, content: { ...content, script: 'false\n' } });
    expect(await start()).toBe('CONFLICT');
    expect(await set('admin', 3)).toBe('done');
    expect(await start()).toBe('done');
    expect(await set('admin', 3, false)).toBe('done');
    expect(await start()).toBe('CONFLICT');
    const trail = await database.db.select().from(audit).where(eq(audit.action, 'template.allowNetwork'));
    expect(trail.map(({ detail }) => detail)).toContainEqual({
      ...{ slug, version: 2, facilityId: w.facility.id },
    });
  });
});

describe('archived', () => {
  it('nobody starts it or sees it listed, its owner brings it back', async () => {
    await share('admin', { sharedWith: 'everyone' });
    await templates.setArchived(w.as('admin'), { slug, archived: true });
    expect(await Promise.all((['pi', 'outsider'] as const).map(seen))).toEqual([true, false]);
    const use = { instrumentId: w.instrument.id, name: 'Own', templateSlug: slug };
    expect(await codeOf(jobs.createTrigger(w.as('staff'), use))).toBe('CONFLICT');
    expect((await jobs.listTemplates(w.as('pi'))).map((each) => each.slug)).not.toContain(slug);
    expect(await codeOf(templates.setArchived(w.as('pi'), { slug, archived: true }))).toBe('ALREADY_DONE');
    await templates.setArchived(w.as('pi'), { slug, archived: false });
    expect(await seen('outsider')).toBe(true);
  });
});

it('somebody who has to do with no facility makes none, and is told why', async () => {
  expect(await codeOf(templates.create(w.as('outsider'), { content: EMPTY_CONTENT }))).toBe('BAD_INPUT');
});
