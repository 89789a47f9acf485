import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { encode } from 'next-auth/jwt';
import { sessionCookieName, sessionKey } from '#src/server/auth/session-cookie.ts';
import type { Container } from '#src/server/container.ts';
import {
  authSession,
  facilityAdmin,
  instrumentStaff,
  job,
  mail,
  membership,
  person,
  prolongation,
  savedView,
} from '#src/server/db/schema/index.ts';
import { triggerDraftSchema } from '#src/shared/model/trigger-rules.ts';
import { enrolAgent } from '#src/testing/enrol-agent.ts';
import { type GivenToken, giveToken } from '#src/testing/give-token.ts';
import { dataFile, ingestWorld, LONG_AGO, randomFile } from '#src/testing/ingest-world.ts';
import { asPerson, testContext } from '#src/testing/test-context.ts';
import { acquiredAt, watchedFiles } from '#src/testing/watched-files.ts';
import { BUILT_IN_TEMPLATES } from '#templates/index.ts';
import { alarmThings } from './access-alarms.ts';
import {
  type Credential,
  PERSONA_NAMES,
  PERSONAS,
  type PersonaName,
  type PersonaSpec,
} from './access-personas.ts';
import { sharedTemplate } from './access-template.ts';

/** The smallest picture. */
export const ONE_PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

const DAY_MS = 24 * 3600 * 1000;

export interface Persona {
  name: PersonaName;
  personId: string;
  email: string;
  sessionId: string;
  /** What the caller's requests carry. */
  headers: Headers;
  /** A waiting job that this person started. */
  ownJobId: string;
  /** An access token for everything the person has. */
  token: GivenToken;
}

/** The Cookie header of a session, made as the sign-in makes it. */
export async function cookieOf(
  config: Pick<Container['config'], 'webUrl' | 'secret'>,
  sessionId: string,
): Promise<Headers> {
  const name = sessionCookieName(config.webUrl);
  const token = await encode({
    token: { sid: sessionId },
    secret: sessionKey(config.secret),
    salt: name,
    maxAge: DAY_MS / 1000,
  });
  return new Headers({ cookie: `${name}=${token}` });
}

/**
 * One instrument with an experiment that measures (`running`: a dataset, a file, a job), one that is prepared (`next`), data
 * that belong to nobody (`tray`), another instrument with data of others (`elsewhere`), a project that reads both experiments (`project`) and one
 * that reads none (`emptyProject`), and every persona with what they hold.
 */
export async function accessWorld(container: Container) {
  const { db, config } = container;
  const system = testContext();
  const w = await ingestWorld(db, container.store);
  await container.jobs.ensureBuiltInTemplates(system, BUILT_IN_TEMPLATES);

  const addPerson = async (label: string) => {
    const id = system.newId();
    const email = `${label.replaceAll(' ', '-')}@access.example.org`;
    await db.insert(person).values({ id, email, name: label, createdAt: system.now() });
    return { id, email };
  };
  const addInstrument = (facilityId: string, slug: string) =>
    w.instruments.create(system, { facilityId, slug, name: slug, description: '', promiseMs: 3000 });
  const otherInstrument = await addInstrument(w.facility.id, 'other-instrument');
  const otherFacility = await w.instruments.ensureFacility(system, {
    code: 'OTH',
    name: 'Other Facility',
    timeZone: 'UTC',
  });

  // Data that nobody can be told the owner of: before any experiment was active.
  const tray = await w.ingest.openSeries(w.agentContext, w.series({ startedAt: '2025-12-01T00:00:00Z' }));
  const trayFile = await w.sendAndComplete(tray, dataFile(1, 0, 10));
  const running = await w.activate(LONG_AGO, 'Running');
  const data = await w.ingest.openSeries(w.agentContext, w.series());
  const file = await w.sendAndComplete(data, dataFile(1, 0, 10));
  await w.sendAndComplete(data, { name: 'master.h5', bytes: randomFile(1), kind: 'master' });

  const create = (instrumentId: string, title: string, piEmail: string) =>
    w.experiments.create(system, {
      instrumentId,
      title,
      keywords: [],
      piEmail,
      proprietary: true,
      externalIds: [],
    });
  const [ownerRow] = await db.select().from(person).where(eq(person.id, w.people.pi));
  const next = await create(w.instrument.id, 'Next', ownerRow!.email);

  // A file of nobody that staff gave to an experiment.
  const strayed = await watchedFiles(w).sendAndComplete({
    path: 'strayed.cbf',
    bytes: randomFile(1),
    acquired: acquiredAt('2025-12-01T00:00:00Z'),
  });
  const { moves } = await container.custody.reassign(w.as('staff'), {
    fileIds: [strayed.fileId],
    experimentId: next.id,
    reason: 'by the logbook',
  });

  // One project reads both, one read both until the links were taken back, one reads nothing.
  const ownersHands = testContext(asPerson(ownerRow!.id));
  const makeProject = (title: string) =>
    container.projects.create(ownersHands, { title, keywords: [], facility: w.facility.code });
  const project = await makeProject('Project');
  const formerProject = await makeProject('Former project');
  const emptyProject = await makeProject('Empty project');
  for (const { id: experimentId } of [running, next]) {
    for (const { id: projectId } of [project, formerProject])
      await container.projects.link(ownersHands, { projectId, experimentId });
    await container.projects.unlink(ownersHands, { projectId: formerProject.id, experimentId });
  }

  const others = {
    newcomer: await addPerson('newcomer'),
    viewer: await addPerson('another viewer'),
    member: await addPerson('another member'),
    manager: await addPerson('another manager'),
  };
  type Containers = readonly { id: string }[];
  const all: Containers = [running, next, project, emptyProject];
  const enrol = (personId: string, role: 'viewer' | 'member' | 'manager', where = all) =>
    db
      .insert(membership)
      .values(where.map(({ id }) => ({ experimentId: id, personId, role, createdAt: system.now() })));
  for (const role of ['viewer', 'member', 'manager'] as const) await enrol(others[role].id, role);

  // What somebody is sending, of which nobody else knows.
  const { uploadId } = await container.ingest.openPersonUpload(testContext(asPerson(others.manager.id)), {
    ...{ experimentId: running.id, path: 'work/begun.txt', sizeBytes: 5 },
    ...{ fingerprint: 'f'.repeat(64), onClash: 'refuse' },
  });
  await container.files.makeFolder(testContext(asPerson(others.manager.id)), {
    ...{ experimentId: running.id, path: 'work/made' },
  });

  const keep = (path: string) =>
    container.files.storeResult(system, {
      ...{ experimentId: running.id, datasetId: null, path, body: Buffer.from('{}') },
    });
  await keep('processed/kept/fit.json');
  await keep('processed/trial/fit.json');
  const { deletionId } = await container.files.askDeletion(testContext(asPerson(others.manager.id)), {
    ...{ experimentId: running.id, folders: ['processed/trial'], fileIds: [], reason: 'a trial' },
  });

  const elsewhere = await create(otherInstrument.id, 'Elsewhere', others.newcomer.email);
  const { agentId: otherAgentId, token: otherToken } = await enrolAgent(w.agents, system, {
    instrumentId: otherInstrument.id,
    name: 'hub',
  });
  const otherAgent = testContext(await w.agents.authenticate(otherToken));
  const atLongAgo = testContext();
  atLongAgo.at(LONG_AGO);
  await w.experiments.activate(atLongAgo, { experimentId: elsewhere.id });
  const otherData = await w.ingest.openSeries(otherAgent, w.series());

  const runOn = async (startedBy: string | null) => {
    const { jobId } = await container.jobs.runTemplate(system, {
      experimentId: running.id,
      datasetId: data.datasetId,
      templateSlug: 'fast-feedback',
    });
    await db.update(job).set({ startedBy }).where(eq(job.id, jobId));
    return jobId;
  };
  const jobId = await runOn(null);
  const { path: filePath } = await container.files.getFile(system, { fileId: file.fileId });

  async function openSession(personId: string, credential: Credential): Promise<string> {
    const sessionId = system.newId();
    const now = Date.now();
    if (credential === 'session of nobody') return sessionId;
    await db.insert(authSession).values({
      id: sessionId,
      personId,
      createdAt: new Date(now - 2 * DAY_MS),
      lastSeenAt: new Date(now),
      expiresAt: new Date(credential === 'expired session' ? now - 1000 : now + DAY_MS),
      revokedAt: credential === 'revoked session' ? new Date(now - 1000) : null,
    });
    return sessionId;
  }

  async function headersOf(credential: Credential, sessionId: string): Promise<Headers> {
    if (credential === 'none') return new Headers();
    if (credential === 'agent token') return new Headers({ authorization: `Bearer ${w.token}` });
    const secret = credential === 'token of another secret' ? `not ${config.secret}` : config.secret;
    return cookieOf({ webUrl: config.webUrl, secret }, sessionId);
  }

  async function makePersona(name: PersonaName): Promise<Persona> {
    const spec: PersonaSpec = PERSONAS[name];
    const who =
      spec.member === 'owner' ? { id: ownerRow!.id, email: ownerRow!.email } : await addPerson(name);
    const at = { personId: who.id, createdAt: system.now() };
    if (spec.member && spec.member !== 'owner') await enrol(who.id, spec.member);
    if (spec.readsBy) {
      const where = spec.readsBy === 'project' ? [project, emptyProject] : [formerProject];
      await enrol(who.id, 'viewer', where);
    }
    if (spec.staffOf) {
      const instrumentId = spec.staffOf === 'instrument' ? w.instrument.id : otherInstrument.id;
      await db.insert(instrumentStaff).values({ instrumentId, ...at });
    }
    if (spec.adminOf) {
      const facilityId = spec.adminOf === 'facility' ? w.facility.id : otherFacility.id;
      await db.insert(facilityAdmin).values({ facilityId, ...at });
    }
    const sessionId = await openSession(who.id, spec.credential);
    if (spec.credential === 'session of a disabled person') {
      await db.update(person).set({ disabledAt: system.now() }).where(eq(person.id, who.id));
    }
    return {
      name,
      personId: who.id,
      email: who.email,
      sessionId,
      headers: await headersOf(spec.credential, sessionId),
      ownJobId: await runOn(who.id),
      token: await giveToken(db, who.id),
    };
  }
  const personas = {} as Record<PersonaName, Persona>;
  for (const name of PERSONA_NAMES) personas[name] = await makePersona(name);

  const ofInstrument = { instrumentId: w.instrument.id };
  const { triggerId } = await container.jobs.createTrigger(system, {
    ...{ ...ofInstrument, name: 'Fast feedback', templateSlug: 'fast-feedback' },
  });
  const [standard] = await container.triggers.strategies(system, ofInstrument);
  const { strategyId: screeningId } = await container.triggers.makeStrategy(system, {
    ...{ ...ofInstrument, name: 'Screening', description: '' },
  });
  const { triggerId: callTriggerId } = await container.triggers.addTrigger(system, {
    strategyId: standard!.id,
    draft: triggerDraftSchema.parse({
      ...{ name: 'On call', event: 'api.called', template: 'fast-feedback' },
    }),
  });
  const display = await container.cockpit.makeDisplayLink(system, { ...ofInstrument, name: 'Control room' });

  const prolongationId = system.newId();
  await db.insert(prolongation).values({
    id: prolongationId,
    experimentId: running.id,
    askedAt: system.now(),
    wantedUntil: new Date(Date.now() + 30 * DAY_MS),
    reason: 'more to do',
  });

  const validUntil = new Date('2099-01-01T00:00:00Z');
  const ofFacility = { facilityId: w.facility.id };
  const { licenceId } = await container.licences.create(system, {
    ...{ ...ofFacility, name: 'Facility licence', owner: { kind: 'facility' as const } },
    // More than any template that ships may take at most.
    ...{ validFrom: new Date(0), validUntil, cpuMs: 1000 * 3_600_000 },
    ...{ hotBytes: 0, archiveBytes: 0, processingWindowDays: 90 },
  });
  // Of a licence of its own: the facility's pays for everything as long as it has no rule.
  const { licenceId: ruledLicenceId } = await container.licences.create(system, {
    ...{ ...ofFacility, name: 'Licence with a rule', owner: { kind: 'facility' as const } },
    ...{ validFrom: new Date(0), validUntil, cpuMs: 0 },
    ...{ hotBytes: 0, archiveBytes: 0, processingWindowDays: null },
  });
  const { ruleId } = await container.sponsorships.create(system, {
    ...{ licenceId: ruledLicenceId, instrumentId: otherInstrument.id, experimentCode: null },
    ...{ templateSlug: null, validUntil: null, mostCpuMs: null },
  });
  const { labId } = await container.labs.create(system, { ...ofFacility, name: 'A lab' });
  const { profileId } = await container.profiles.create(system, {
    ...{ ...ofFacility, name: 'Small', cpus: 2, memoryBytes: 4e9, gpu: null, priceMilli: null },
  });

  const { acquisitionId: plannedId } = await container.datasets.announce(system, {
    ...{ experimentId: running.id, id: 'c-17', name: 'lyso/planned' },
  });
  const { acquisitionId } = await w.row(data.datasetId);
  await container.datasets.addSnapshot(system, { acquisitionId, name: 'before', base64: ONE_PIXEL });
  const [itsSample] = await container.samples.list(system, { experimentId: running.id });

  const newcomerViewId = system.newId();
  await db.insert(savedView).values({
    id: newcomerViewId,
    personId: others.newcomer.id,
    ...{ page: 'experiments', name: 'Mine', query: 'mine=true', createdAt: system.now() },
  });

  const newcomerSessionId = await openSession(others.newcomer.id, 'live session');
  const newcomerToken = await giveToken(db, others.newcomer.id);
  // Of somebody who is staff there, and a member of no experiment.
  const instrumentToken = await giveToken(db, w.people.staff, { instrumentId: w.instrument.id });
  const { token: passwordToken } = await container.people.createOneTimeLink(system, {
    email: others.newcomer.email,
  });

  const { invitationId } = await container.invitations.invite(system, {
    ...{ experimentId: running.id, to: 'invited@access.example.org', role: 'member' as const },
  });
  const [sent] = await db.select().from(mail).where(eq(mail.toAddress, 'invited@access.example.org'));
  const invitation = { invitationId, token: new URL(sent!.link!).searchParams.get('token')! };

  const { offerId: ownershipOfferId } = await container.members.offerOwnership(ownersHands, {
    ...{ experimentId: next.id, personId: others.member.id },
  });

  const template = await sharedTemplate(container, ownersHands, {
    ...{ facility: w.facility.code, personId: personas.staff.personId },
  });

  return {
    ...w,
    personas,
    template,
    invitation,
    triggerId,
    strategies: { defaultId: standard!.id, screeningId, callTriggerId },
    display,
    ownershipOfferId,
    others,
    newcomerSessionId,
    accounting: { licenceId, labId, profileId, ruleId, validUntil },
    prolongationId,
    alarms: await alarmThings(container, w.as('staff'), w.instrument.id),
    newcomerViewId,
    sampleId: itsSample!.id,
    newcomerToken,
    instrumentToken,
    passwordToken,
    running: {
      ...running,
      datasetId: data.datasetId,
      acquisitionId,
      fileId: file.fileId,
      filePath,
      jobId,
      plannedId,
      uploadId,
      deletionId,
    },
    next,
    project,
    emptyProject,
    tray: {
      datasetId: tray.datasetId,
      fileId: trayFile.fileId,
      reassignmentId: moves[0]!.reassignmentId,
    },
    elsewhere: {
      slug: otherInstrument.slug,
      instrumentId: otherInstrument.id,
      experimentId: elsewhere.id,
      datasetId: otherData.datasetId,
      agentId: otherAgentId,
      token: otherToken,
    },
    /** The same input about things that are not there: ids and names but those of `seen` exchanged for such as were never given. */
    ghost<T>(input: T, seen: ReadonlySet<string>): T {
      const text = JSON.stringify(input ?? null)
        .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => (seen.has(id) ? id : randomUUID()))
        .replaceAll(running.code, `${running.code.slice(0, -5)}00000`)
        .replaceAll(template.slug, seen.has(template.slug) ? template.slug : 'nothing-0000')
        .replaceAll(project.code, `${project.code.slice(0, -5)}00001`)
        .replaceAll(`"${w.instrument.slug}"`, '"never-given"');
      return (input === undefined ? undefined : JSON.parse(text)) as T;
    },
  };
}

export type AccessWorld = Awaited<ReturnType<typeof accessWorld>>;
