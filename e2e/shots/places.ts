import { eventually, type FacilityApi } from '#scripts/lib/facility-api.ts';
import type { Installation } from './installation.ts';
import { failedJob, growingJobs, jobOnGrace } from './job-places.ts';
import { mailedPath } from './mailed-path.ts';
import { ownTemplate } from './template-places.ts';
import { emptyFacility, silentAgent } from './trouble-places.ts';

/** What the pictures show: made once through the interface in a running demo, and found again afterwards. */

export interface Places {
  installation: Installation;
  facilityId: string;
  /** Experiments by their codes. */
  running: string;
  withoutData: string;
  processing: string;
  closed: string;
  /** Instruments by their slugs: one that measures, one whose agent was never heard of, one with an alarm, one whose agents tell of trouble, one with nothing at all. */
  busy: string;
  silent: string;
  troubled: string;
  beset: string;
  besetId: string;
  bare: string;
  project: string;
  emptyProject: string;
  datasetId: string;
  /** The folder in which it lies, and a file beside it. */
  datasetFolder: string;
  fileId: string;
  unassignedId: string;
  jobId: string;
  failedJobId: string;
  growingJobId: string;
  comparedJobIds: string[];
  graceJobId: string;
  templateSlug: string;
  licenceId: string;
  /** Paths of links in mails. */
  invitation: string;
  invitationOfAccount: string;
  passwordLink: string;
  addressLink: string;
}

const DAY_MS = 24 * 3600 * 1000;
const GUEST = 'guest@institute.example';
const LONG_TITLE =
  'Time-resolved serial crystallography of a membrane-bound photoreceptor under continuous illumination 🔬 with very many words';

const dayIn = (days: number) => new Date(Date.now() + days * DAY_MS);

async function instrumentNamed(
  admin: FacilityApi,
  facilityId: string,
  slug: string,
  name: string,
  email: string,
) {
  const all = await admin.facilities.instruments.query({ facilityId });
  const there = all.find((each) => each.slug === slug);
  if (there) return there.instrumentId;
  const facts = { slug, name, description: '', promiseMs: 3000 };
  const { instrumentId } = await admin.facilities.createInstrument.mutate({ facilityId, ...facts });
  await admin.facilities.addStaff.mutate({ facilityId, instrumentId, email });
  return instrumentId;
}

/** Enough experiments that their list scrolls; the same ones however often this is asked for. */
async function manyExperiments(staff: FacilityApi, instrumentId: string, pi: string) {
  const rows = Array.from({ length: 60 }, (_, n) => {
    const title = n === 30 ? LONG_TITLE : `Screening of crystals, series ${n + 1}`;
    return `"${title}";${pi};pictured-${n + 1};"screening, series ${n + 1}"`;
  });
  const text = ['title;pi;visit;keywords', ...rows].join('\n');
  const { faults } = await staff.experiments.importExperiments.mutate({ instrumentId, text, dryRun: false });
  if (faults.length > 0) throw new Error(`experiments could not be imported: ${JSON.stringify(faults)}`);
}

async function manySamples(staff: FacilityApi, experimentId: string) {
  const samples = Array.from({ length: 48 }, (_, n) => ({
    ...{ name: `thau_${n + 1}`, protein: 'thaumatin', container: `puck-${Math.floor(n / 16) + 2}` },
    ...{ position: String((n % 16) + 1), safety: n === 3 ? 'contains selenium; gloves' : '' },
  }));
  await staff.experiments.upsertSamples.mutate({ experimentId, samples });
}

/** An experiment of the silent instrument, brought to a state. */
async function experimentIn(
  staff: FacilityApi,
  visit: { instrumentId: string; visit: string; title: string; pi: string; plannedEnd?: Date },
  wanted: 'running' | 'processing' | 'closed',
): Promise<{ id: string; code: string }> {
  const { pi, ...facts } = visit;
  const { experimentId, code } = await staff.experiments.upsertVisit.mutate({ ...facts, pi: { email: pi } });
  const { state } = await staff.experiments.byCode.query({ code });
  if (state === 'preparation') {
    await staff.experiments.activate.mutate({ experimentId });
    if (wanted !== 'running') await staff.experiments.finish.mutate({ experimentId });
    if (wanted === 'closed') await staff.experiments.close.mutate({ experimentId });
  }
  return { id: experimentId, code };
}

/** Data that came while no experiment was active: nothing is active at the instrument until some have come. */
async function unassignedData(
  staff: FacilityApi,
  instrumentId: string,
  experimentId: string,
): Promise<string> {
  const whole = async () => {
    const { datasets } = await staff.datasets.tray.query({ instrumentId, limit: 50 });
    return datasets.find(({ state }) => state !== 'receiving')?.id ?? null;
  };
  const there = await whole();
  if (there !== null) return there;
  await staff.experiments.deactivate.mutate({ instrumentId });
  try {
    return await eventually('data of nobody', 300_000, whole);
  } finally {
    await staff.experiments.activate.mutate({ experimentId });
  }
}

async function projectCalled(owner: FacilityApi, title: string, experimentIds: readonly string[]) {
  const { items } = await owner.projects.list.query({ limit: 200 });
  const there = items.find((each) => each.title === title);
  if (there) return there.code;
  const { id, code } = await owner.projects.create.mutate({ title, facility: 'DEM' });
  for (const experimentId of experimentIds) await owner.projects.link.mutate({ projectId: id, experimentId });
  return code;
}

/** The path of the link of a waiting invitation; it is made, or sent again, where there is no fresh mail of it. */
function invited(owner: FacilityApi, experimentId: string, to: string): Promise<string> {
  return mailedPath(owner, to, 'invitation', async () => {
    const waiting = (await owner.invitations.list.query({ experimentId })).find((each) => each.to === to);
    if (waiting) await owner.invitations.resend.mutate({ invitationId: waiting.invitationId });
    else await owner.invitations.invite.mutate({ experimentId, to, role: 'viewer' });
  });
}

async function tokensOf(person: FacilityApi, instrumentId: string | null) {
  const have = instrumentId
    ? await person.tokens.ofInstrument.query({ instrumentId })
    : await person.tokens.list.query();
  if (have.length > 0) return;
  const scopes = ['experiments:read', 'files:read'] as const;
  const facts = { name: 'data home to the group’s server', scopes: [...scopes], experimentId: null };
  await person.tokens.create.mutate({ ...facts, expiresAt: dayIn(90), instrumentId });
}

/** Who is on call and where alarms are posted, at an instrument that never has one: nothing is sent anywhere. */
async function alarmWays(staff: FacilityApi, instrumentId: string) {
  const { personId } = await staff.me.profile.query();
  const hooks = await staff.alarms.webhooks.query({ instrumentId });
  if (hooks.length > 0) return;
  await staff.alarms.addWebhook.mutate({
    instrumentId,
    url: 'https://chat.institute.example/hooks/beamline',
  });
  await staff.alarms.handOver.mutate({ instrumentId, at: null, personId });
}

/** A licence of the scientist's own, so that there is a choice of who pays. */
async function ownLicence(admin: FacilityApi, facilityId: string, email: string) {
  const { items } = await admin.licences.list.query({ facilityId, ownerKind: 'user', limit: 1 });
  if (items.length > 0) return;
  await admin.licences.create.mutate({
    ...{ facilityId, name: 'Group of Sam Scientist', owner: { kind: 'user', email }, cpuMs: 40 * 3_600_000 },
    ...{
      validFrom: dayIn(-1),
      validUntil: dayIn(300),
      hotBytes: 0,
      archiveBytes: 0,
      processingWindowDays: null,
    },
  });
}

/** Makes what is missing. Takes some minutes the first time: data must arrive. `say` tells what is waited for. */
export async function makePlaces(installation: Installation, say: (line: string) => void): Promise<Places> {
  const [admin, staff, owner, viewer] = (await Promise.all(
    (['admin', 'staff', 'scientist', 'viewer'] as const).map(installation.api),
  )) as [FacilityApi, FacilityApi, FacilityApi, FacilityApi];
  const { emailOf, instrument, experiment } = installation;
  const facilityId = (await admin.facilities.mine.query())[0]!.facilityId;
  const email = emailOf('staff');
  const pi = emailOf('scientist');
  const silentId = await instrumentNamed(admin, facilityId, 'mx-2', 'MX-2 Serial', email);
  const bareId = await instrumentNamed(admin, facilityId, 'mx-3', 'MX-3 in commissioning', email);
  const troubledId = await instrumentNamed(admin, facilityId, 'mx-4', 'MX-4 Fragments', email);
  const besetId = await instrumentNamed(admin, facilityId, 'mx-5', 'MX-5 at night', email);
  await emptyFacility(installation);
  if ((await staff.agents.list.query({ instrumentId: silentId })).length === 0) {
    const agent = {
      kind: 'sync',
      name: 'SYNC',
      folders: ['raw', 'metadata'],
      expiresAt: dayIn(365),
    } as const;
    await staff.agents.create.mutate({ instrumentId: silentId, ...agent, folders: [...agent.folders] });
  }
  await manyExperiments(staff, instrument.id, pi);
  const at = { instrumentId: silentId, pi };
  const processing = await experimentIn(
    staff,
    { ...at, visit: 'pictured-processing', title: 'Insulin, analysed' },
    'processing',
  );
  const closed = await experimentIn(
    staff,
    { ...at, visit: 'pictured-closed', title: 'Insulin, closed' },
    'closed',
  );
  const late = {
    ...at,
    visit: 'pictured-late',
    title: 'Ferritin, longer than planned',
    plannedEnd: dayIn(-1),
  };
  await experimentIn(staff, late, 'running');
  const night = {
    instrumentId: besetId,
    pi,
    visit: 'pictured-night',
    title: 'Thermolysin fragments, night shift',
  };
  await experimentIn(staff, night, 'running');
  const { prolongation } = await owner.experiments.byCode.query({ code: processing.code });
  if (!prolongation) {
    const reason = 'The merging of all crystals is still to be done.';
    await owner.experiments.askProlongation.mutate({
      experimentId: processing.id,
      until: dayIn(200),
      reason,
    });
  }
  const found = await staff.experiments.list.query({ search: 'Thaumatin SAD', limit: 1 });
  const withoutData = found.items[0]!;
  await tokensOf(owner, null);
  await tokensOf(staff, instrument.id);
  await alarmWays(staff, bareId);
  await ownLicence(admin, facilityId, pi);
  const licence = (await admin.licences.list.query({ facilityId, ownerKind: 'facility', limit: 1 }))
    .items[0]!;

  say('waiting for a whole dataset and its job …');
  const of = { experimentId: experiment.id };
  const { id: datasetId, base } = await eventually('a whole dataset', 300_000, async () => {
    const { items } = await staff.datasets.list.query({ ...of, limit: 50 });
    return items.find(({ state, framesStored }) => state === 'complete' && framesStored > 20) ?? null;
  });
  const datasetFolder = base.replace(/\/[^/]*$/, '');
  const { entries } = await staff.files.folder.query({ ...of, parent: datasetFolder });
  const file = entries.find((entry) => entry.kind === 'file')!;
  const jobId = await eventually('a job', 300_000, async () => {
    const { items } = await staff.jobs.list.query({ ...of, states: ['succeeded'], limit: 50 });
    return items.find(({ templateSlug }) => templateSlug === 'fast-feedback')?.id ?? null;
  });
  const failedJobId = await failedJob(installation, { experimentId: experiment.id, datasetId });
  const growing = await growingJobs(owner, of);
  say('waiting for a job on grace and for data of nobody …');
  const graceJobId = await jobOnGrace(admin, staff, {
    experimentId: experiment.id,
    licenceId: licence.licenceId,
  });
  const unassignedId = await unassignedData(staff, instrument.id, experiment.id);
  await manySamples(staff, experiment.id);
  say('waiting for an alarm …');
  await silentAgent(installation.web, staff, troubledId);

  const address = 'viewer.elsewhere@institute.example';
  const { password } = installation.accounts.find((account) => account.email === emailOf('viewer'))!;
  const askForAddress = () => viewer.me.askForAddress.mutate({ email: address, password });
  const askPasswordLink = () => viewer.me.askPasswordLink.mutate({ email: emailOf('viewer') });
  return {
    ...{ installation, facilityId, running: experiment.code, withoutData: withoutData.code },
    ...{ processing: processing.code, closed: closed.code, licenceId: licence.licenceId },
    ...{
      busy: instrument.slug,
      silent: 'mx-2',
      troubled: 'mx-4',
      beset: 'mx-5',
      besetId,
      bare: 'mx-3',
      unassignedId,
    },
    ...{ datasetId, datasetFolder, fileId: file.fileId, jobId, failedJobId, graceJobId, ...growing },
    templateSlug: await ownTemplate(owner),
    project: await projectCalled(owner, 'Insulin across beamlines', [
      experiment.id,
      processing.id,
      closed.id,
    ]),
    emptyProject: await projectCalled(owner, 'Nothing linked yet', []),
    invitation: await invited(owner, experiment.id, GUEST),
    invitationOfAccount: await invited(owner, withoutData.id, emailOf('viewer')),
    passwordLink: await mailedPath(owner, emailOf('viewer'), 'set-password', askPasswordLink),
    addressLink: await mailedPath(owner, address, 'prove-address', askForAddress),
  };
}
