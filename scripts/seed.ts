import type { ServerConfig } from '#src/server/config/schema.ts';
import { type Container, createContainer } from '#src/server/container.ts';
import { type LicenceDownload, licenceIdIn } from '#src/server/domain/agents/licence-file.ts';
import type { ServiceContext } from '#src/server/domain/context.ts';
import { systemContext } from '#src/server/domain/new-context.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { HOUR_MS } from '#src/shared/model/accounting.ts';
import { LICENCE_DEFAULT_DAYS } from '#src/shared/model/licence-state.ts';
import { FOLDERS } from '#src/shared/model/states.ts';
import { instantOfLocal } from '#src/shared/model/zoned-instant.ts';
import { FAST_FEEDBACK } from '#templates/fast-feedback/template.ts';
import { BUILT_IN_TEMPLATES } from '#templates/index.ts';

/**
 * The demo facility: everything a new user needs to see data arrive, made by the same services as in earnest. Safe to call
 * at every start: what is there stays as people left it.
 */

export interface DemoAccount {
  email: string;
  name: string;
  /** What the account is for, in words: "Staff of MX-1". */
  role: string;
  password: string;
}

export interface DemoSummary {
  accounts: DemoAccount[];
  /** Licence file of the agent HUB. */
  licence: LicenceDownload;
  instrument: { id: string; slug: string; name: string };
  experiment: { id: string; code: string; title: string };
}

/** What an earlier call returned, as it was written down: passwords and the agent's licence are kept. */
export interface KnownDemo {
  accounts?: readonly { email: string; password: string }[];
  licence?: LicenceDownload;
}

const DAY_MS = 24 * 3600 * 1000;
const DOMAIN = 'demo.beamdeck';
const TIME_ZONE = 'Europe/Berlin';
const PEOPLE = [
  { key: 'admin', name: 'Ada Admin', role: 'Admin of the facility' },
  { key: 'staff', name: 'Sofia Staff', role: 'Staff of MX-1' },
  { key: 'scientist', name: 'Sam Scientist', role: 'Owner (PI) of the experiments' },
  { key: 'manager', name: 'Mona Manager', role: 'Manager' },
  { key: 'member', name: 'Mia Member', role: 'Member' },
  { key: 'viewer', name: 'Viktor Viewer', role: 'Viewer' },
  { key: 'outsider', name: 'Otto Outsider', role: 'Member of nothing' },
] as const;
type PersonKey = (typeof PEOPLE)[number]['key'];

const emailOf = (key: PersonKey) => `${key}@${DOMAIN}`;

/** 80 random bits in groups of four, without letters that look alike: to be typed from a screen. */
export function readablePassword(random: Uint8Array): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  const text = [...random].map((byte) => letters[byte % letters.length]).join('');
  return text.match(/.{1,4}/g)!.join('-');
}

async function seedPeople(
  { people }: Container,
  ctx: ServiceContext,
  known: KnownDemo,
): Promise<{ accounts: DemoAccount[]; ids: Record<PersonKey, string> }> {
  const accounts: DemoAccount[] = [];
  const ids = {} as Record<PersonKey, string>;
  for (const { key, name, role } of PEOPLE) {
    const email = emailOf(key);
    const { personId, made } = await people.createPerson(ctx, { email, name });
    const kept = known.accounts?.find((account) => account.email === email)?.password;
    const password = kept ?? readablePassword(ctx.randomBytes(16));
    // A password that was written down is still the one in the database, unless the database is new.
    if (made || !kept) await people.setInitialPassword(ctx, { personId, password });
    accounts.push({ email, name, role, password });
    ids[key] = personId;
  }
  return { accounts, ids };
}

async function seedInstrument(
  { instruments }: Container,
  ctx: ServiceContext,
  ids: Record<PersonKey, string>,
) {
  const facility = await instruments.ensureFacility(ctx, {
    code: 'DEM',
    name: 'Demo Facility',
    timeZone: TIME_ZONE,
  });
  await instruments.addFacilityAdmin(ctx, { facilityId: facility.id, personId: ids.admin });
  const slug = 'mx-1';
  const instrument =
    (await instruments.findBySlug(ctx, { slug })) ??
    (await instruments.create(ctx, {
      facilityId: facility.id,
      slug,
      name: 'MX-1 Microfocus',
      description:
        'Macromolecular crystallography, simulated: a crystal turns on the spindle every minute or so.',
      promiseMs: 3000,
    }));
  await instruments.addStaff(ctx, {
    facilityId: facility.id,
    instrumentId: instrument.id,
    personId: ids.staff,
  });
  return { facility, instrument };
}

/** The HUB's licence: the one that was written down while it counts, else a new one. Its state folder must not be lost with it. */
async function seedAgent(
  { agents }: Container,
  ctx: ServiceContext,
  instrument: { id: string },
  known: LicenceDownload | undefined,
): Promise<LicenceDownload> {
  const name = 'HUB';
  const terms = {
    folders: FOLDERS,
    expiresAt: new Date(ctx.now().getTime() + LICENCE_DEFAULT_DAYS * DAY_MS),
  };
  const there = (await agents.list(ctx, { instrumentId: instrument.id })).find(
    (agent) => agent.name === name,
  );
  if (!there) return agents.create(ctx, { instrumentId: instrument.id, kind: 'hub', name, ...terms });
  const newest = there.waitingLicence ?? there.licence;
  const isKnown = known !== undefined && newest?.id === licenceIdIn(known.text);
  if (isKnown && !['expires-soon', 'expired'].includes(newest.state)) return known;
  return agents.issueLicence(ctx, { agentId: there.id, ...terms });
}

/** Templates come with every version of the product; a trigger that people changed or switched off stays so. */
async function seedJobs({ jobs }: Container, ctx: ServiceContext, instrumentId: string): Promise<void> {
  await jobs.ensureBuiltInTemplates(ctx, BUILT_IN_TEMPLATES);
  const name = 'Fast feedback';
  const there = (await jobs.listTriggers(ctx, { instrumentId })).some((trigger) => trigger.name === name);
  if (there) return;
  // Its frames are looked at as they arrive.
  const event = 'dataset.started';
  await jobs.createTrigger(ctx, { instrumentId, name, templateSlug: FAST_FEEDBACK.slug, event });
}

const newYear = (year: number) => instantOfLocal(`${year}-01-01T00:00`, TIME_ZONE)!;

/** CPU hours and storage to spend, and sizes to spend them in; what people made of them stays. */
async function seedAccounting({ licences, profiles }: Container, ctx: ServiceContext, facilityId: string) {
  const sizes = [
    { name: 'Small', cpus: 1, memoryBytes: 4 * 1024 ** 3 },
    { name: 'Large', cpus: 4, memoryBytes: 16 * 1024 ** 3 },
  ];
  if ((await profiles.list(ctx, { facilityId })).length === 0) {
    for (const size of sizes)
      await profiles.create(ctx, { facilityId, ...size, gpu: null, priceMilli: null });
  }
  if ((await licences.list(ctx, { facilityId, limit: 1 })).items.length > 0) return;
  const year = ctx.now().getUTCFullYear();
  await licences.create(ctx, {
    ...{ facilityId, name: `Facility ${year}`, owner: { kind: 'facility' }, cpuMs: 500 * HOUR_MS },
    ...{ validFrom: newYear(year), validUntil: newYear(year + 2) },
    ...{ hotBytes: 1e12, archiveBytes: 10e12, processingWindowDays: null },
  });
}

const LYSOZYME_SAMPLES = [
  ['lyso_1', 'A1'],
  ['lyso_2', 'A2'],
  ['lyso_3', 'A3'],
  ['lyso_4', 'A4'],
] as const;

async function seedExperiments(
  { experiments, members, samples }: Container,
  ctx: ServiceContext,
  facilityId: string,
  instrumentId: string,
) {
  const ensure = async (
    visit: string,
    title: string,
    keywords: string[],
  ): Promise<{ id: string; code: string; title: string; made: boolean }> => {
    const there = await experiments.findByExternalId(ctx, { facilityId, kind: 'visit', value: visit });
    if (there) return { ...there, made: false };
    const made = await experiments.create(ctx, {
      instrumentId,
      title,
      keywords,
      piEmail: emailOf('scientist'),
      proprietary: true,
      externalIds: [{ kind: 'visit', value: visit }],
    });
    return { ...made, made: true };
  };

  const lysozyme = await ensure('demo-visit-1', 'Lysozyme screening', ['lysozyme', 'screening', 'demo']);
  if (lysozyme.made) {
    for (const role of ['manager', 'member', 'viewer'] as const) {
      await members.add(ctx, { experimentId: lysozyme.id, email: emailOf(role), role });
    }
    await samples.upsert(ctx, {
      experimentId: lysozyme.id,
      samples: LYSOZYME_SAMPLES.map(([name, position]) => ({
        name,
        protein: 'HEWL',
        container: 'puck-1',
        position,
      })),
    });
    await experiments.activate(ctx, { experimentId: lysozyme.id, expectedActiveId: null });
  }
  await ensure('demo-visit-2', 'Thaumatin SAD', ['thaumatin', 'demo']);
  return lysozyme;
}

/** Makes the demo facility, or completes what is missing of it. Refuses unless the installation is a demo on loopback. */
export async function seedDemo(config: ServerConfig, known: KnownDemo = {}): Promise<DemoSummary> {
  if (!config.demo) throw new AppError('NOT_ALLOWED', 'Demo accounts are only for a demo (BEAMDECK_DEMO=1).');
  const container = createContainer({ ...config, logLevel: 'warn', dbPool: 2 }, 'seed');
  try {
    const ctx = systemContext('seed');
    const { accounts, ids } = await seedPeople(container, ctx, known);
    const { facility, instrument } = await seedInstrument(container, ctx, ids);
    const { fileName, text } = await seedAgent(container, ctx, instrument, known.licence);
    await seedAccounting(container, ctx, facility.id);
    await seedJobs(container, ctx, instrument.id);
    const lysozyme = await seedExperiments(container, ctx, facility.id, instrument.id);
    return {
      accounts,
      licence: { fileName, text },
      instrument: { id: instrument.id, slug: instrument.slug, name: instrument.name },
      experiment: { id: lysozyme.id, code: lysozyme.code, title: lysozyme.title },
    };
  } finally {
    await container.close();
  }
}
