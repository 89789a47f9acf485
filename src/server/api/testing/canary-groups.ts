import { eq } from 'drizzle-orm';
import type { Container } from '#src/server/container.ts';
import {
  activation,
  authSession,
  dataset,
  experiment,
  externalId,
  fileVersion,
  frameValues,
  identity,
  job,
  jobLog,
  jobProvisionalFile,
  notification,
  person,
  preview,
  prolongation,
  savedView,
  triggerFiring,
  triggerOverride,
  verification,
} from '#src/server/db/schema/index.ts';
import { NOTIFICATION_KINDS } from '#src/shared/model/notification.ts';
import { giveToken } from '#src/testing/give-token.ts';
import { dataFile } from '#src/testing/ingest-world.ts';
import { testContext } from '#src/testing/test-context.ts';
import { type AccessWorld, cookieOf, type Persona } from './access-world.ts';

const DAY_MS = 24 * 3600 * 1000;
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS);

/** Somebody with a live session and a token, whom the access matrix does not know. */
export type Visitor = Omit<Persona, 'name' | 'ownJobId'> & { name: string };

/** An experiment of other people at the same instrument, with something of everything. */
export interface Group {
  id: string;
  code: string;
  datasetId: string;
  fileId: string;
  filePath: string;
  jobId: string;
  sampleId: string;
}

async function visitor({ db, config }: Container, name: string): Promise<Visitor> {
  const { newId, now } = testContext();
  const [personId, sessionId] = [newId(), newId()];
  const email = `${name}@access.example.org`;
  const at = now();
  await db
    .insert(person)
    .values({ id: personId, email, name, userName: name, orcid: name, emailVerifiedAt: at, createdAt: at });
  await db.insert(authSession).values({
    ...{ id: sessionId, personId, userAgent: name, createdAt: at, lastSeenAt: at },
    expiresAt: new Date(at.getTime() + DAY_MS),
  });
  const token = await giveToken(db, personId);
  await db
    .insert(savedView)
    .values({ id: newId(), personId, page: 'experiments', name, query: 'mine=true', createdAt: at });
  await db.insert(notification).values({
    ...{ id: newId(), personId, kind: NOTIFICATION_KINDS[0]!, dedupeKey: name, text: name, link: '/' },
    createdAt: at,
  });
  await db.insert(identity).values({
    ...{ id: newId(), personId, issuer: 'https://id.example.org', subject: name, label: name },
    ...{ createdAt: at, lastUsedAt: at },
  });
  return { name, personId, email, sessionId, headers: await cookieOf(config, sessionId), token };
}

/** What no service makes by itself, and what only long use would: rows of every table that an experiment may have. */
async function addRarities(
  { db }: Container,
  { facility: { id: facilityId }, instrument: { id: instrumentId }, triggerId }: AccessWorld,
  group: Group,
  startedBy: string,
): Promise<void> {
  const { newId, now } = testContext();
  const { id: experimentId, datasetId, fileId, jobId, sampleId } = group;
  const at = now();
  await db.insert(prolongation).values({
    ...{ id: newId(), experimentId, askedAt: at, wantedUntil: daysAgo(-100), reason: 'more to do' },
    ...{ decidedAt: at, refusal: 'no' },
  });
  await db
    .insert(verification)
    .values({ id: newId(), experimentId, createdAt: at, finishedAt: at, filesTotal: 1, filesChecked: 1 });
  await db.insert(externalId).values([
    { facilityId, kind: 'visit', value: experimentId, entityId: experimentId, createdAt: at },
    { facilityId, kind: 'sample', value: sampleId, entityId: sampleId, createdAt: at },
  ]);
  await db.insert(fileVersion).values({
    ...{ fileId, version: 1, storeKey: `former ${fileId}`, sizeBytes: 1, sha256: '0'.repeat(64) },
    ...{ committedAt: at, replacedAt: at },
  });
  await db.insert(frameValues).values({
    ...{ fileId, datasetId, name: 'spots', firstFrame: 0, rows: 1, values: new Uint8Array(4) },
  });
  await db.insert(preview).values({
    datasetId,
    frame: 0,
    kept: true,
    storeKey: `preview ${datasetId}`,
    sizeBytes: 1,
    storedAt: at,
  });
  await db.update(job).set({ startedBy }).where(eq(job.id, jobId));
  await db.insert(jobLog).values({ jobId, seq: 1, at, text: 'read 1 file', endByte: 11, endLine: 0 });
  const soFar = { jobId, path: 'report.html', sizeBytes: 6, changedAt: at };
  await db.insert(jobProvisionalFile).values({ ...soFar, content: Buffer.from('<p>ok<') });
  const ofTrigger = { experimentId, triggerId };
  await db.insert(triggerOverride).values({ ...ofTrigger, changedAt: at });
  await db.insert(triggerFiring).values({
    ...{ id: newId(), ...ofTrigger, instrumentId, event: 'file.stored', eventKey: fileId, at },
    ...{ outcome: 'condition', why: 'no', datasetId, path: 'raw/one.h5' },
  });
}

/** Those who measured before and after the experiment of the access world at its instrument, and somebody of no experiment. */
export async function canaryGroups(container: Container, w: AccessWorld) {
  const { db } = container;
  const system = testContext();

  /** @param month of 2025 in which it was active, which the access world leaves free */
  async function group(pi: Visitor, month: number, proprietary: boolean): Promise<Group> {
    const [from, to] = [new Date(Date.UTC(2025, month - 1, 2)), new Date(Date.UTC(2025, month - 1, 9))];
    const { id, code } = await w.experiments.create(w.as('staff'), {
      ...{ instrumentId: w.instrument.id, title: 'Of others', keywords: ['key'], piEmail: pi.email },
      ...{ proprietary, externalIds: [] },
    });
    await db.insert(activation).values({
      ...{
        id: system.newId(),
        instrumentId: w.instrument.id,
        experimentId: id,
        startedAt: from,
        endedAt: to,
      },
    });
    await db.update(experiment).set({ state: 'running', startedAt: from }).where(eq(experiment.id, id));
    const startedAt = new Date(from.getTime() + DAY_MS).toISOString();
    const opened = await w.ingest.openSeries(w.agentContext, w.series({ startedAt }));
    const { fileId } = await w.sendAndComplete(opened, dataFile(1, 0, 10));
    // Over long ago: a job would wait for more frames of one that is not.
    await db.update(dataset).set({ state: 'complete' }).where(eq(dataset.id, opened.datasetId));
    const ofIt = { experimentId: id, datasetId: opened.datasetId };
    const { jobId } = await container.jobs.runTemplate(system, { ...ofIt, templateSlug: 'fast-feedback' });
    for (const to of ['asked@access.example.org', 'asked-too'])
      await container.invitations.invite(system, { experimentId: id, to, role: 'viewer' });
    const [itsSample] = await container.samples.list(system, { experimentId: id });
    const { path: filePath } = await container.files.getFile(system, { fileId });
    const made = { id, code, datasetId: opened.datasetId, fileId, filePath, jobId, sampleId: itsSample!.id };
    await addRarities(container, w, made, pi.personId);
    return made;
  }

  // The groups run jobs too.
  await container.licences.grant(system, {
    ...{
      licenceId: w.accounting.licenceId,
      grantId: system.newId(),
      cpuMs: 1000 * 3_600_000,
      reason: 'more',
    },
  });
  const visitors = {
    before: await visitor(container, 'before'),
    open: await visitor(container, 'open'),
    after: await visitor(container, 'after'),
    alone: await visitor(container, 'alone'),
  };
  const groups = {
    /** Proprietary, and ended so long ago that staff see it no more. */
    before: await group(visitors.before, 3, true),
    /** Ended as long ago, and is not proprietary: staff see it still. */
    open: await group(visitors.open, 5, false),
    /** Has not ended. */
    after: await group(visitors.after, 7, true),
  };
  const ended = { state: 'processing' as const, finishedAt: daysAgo(60), processingUntil: daysAgo(-30) };
  for (const { id } of [groups.before, groups.open])
    await db.update(experiment).set(ended).where(eq(experiment.id, id));
  return { visitors, groups };
}

export type CanaryGroups = Awaited<ReturnType<typeof canaryGroups>>;
