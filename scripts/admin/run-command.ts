import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Container } from '#src/server/container.ts';
import type { LicenceDownload } from '#src/server/domain/agents/licence-file.ts';
import type { ServiceContext } from '#src/server/domain/context.ts';
import type { OneTimeLink } from '#src/server/domain/people/people.types.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { FOLDERS } from '#src/shared/model/states.ts';
import { suffixedPath } from '#src/shared/model/store-path.ts';
import { BUILT_IN_TEMPLATES } from '#templates/index.ts';
import type { AdminCommand } from './command-line.ts';

/** What the commands use of the container. */
export type AdminServices = Pick<Container, 'people' | 'instruments' | 'agents' | 'jobs'> & {
  config: Pick<Container['config'], 'webUrl'>;
};

type Of<Verb extends AdminCommand['verb']> = Extract<AdminCommand, { verb: Verb }>;

/** Files of a new instrument should be in the store this long after their last frame, at most; the cockpit counts later ones. */
const PROMISE_MS = 3000;
const DAY_MS = 24 * 3600 * 1000;

const handOver = (email: string, link: OneTimeLink) =>
  `Hand this address to ${email}; it works once, until ${link.expiresAt.toISOString()}:\n${link.url}`;

async function instrumentOf({ instruments }: AdminServices, ctx: ServiceContext, slug: string) {
  const found = await instruments.findBySlug(ctx, { slug });
  if (found) return found;
  const known = (await instruments.listMine(ctx)).map((each) => each.slug);
  throw new AppError(
    'NOT_FOUND',
    `There is no instrument "${slug}": ${known.length > 0 ? `there are ${known.join(', ')}` : 'make it with npm run admin -- instrument SLUG "NAME"'}.`,
  );
}

async function makeFacility({ instruments }: AdminServices, ctx: ServiceContext, command: Of<'facility'>) {
  const [there] = await instruments.listFacilities(ctx);
  if (there) {
    throw new AppError(
      'CONFLICT',
      `This installation has its facility already (${there.code}, ${there.name}): nothing was changed.`,
    );
  }
  const { code, name, timeZone } = command;
  await instruments.ensureFacility(ctx, { code, name, timeZone });
  return `The facility ${name} (${code}) is made, with the time zone ${timeZone}.`;
}

async function makeAdmin({ people }: AdminServices, ctx: ServiceContext, command: Of<'create'>) {
  const { email, name } = command;
  const link = await people.createAdminLink(ctx, { email, name });
  const what = link.made
    ? `${link.email} has an account now and is an admin.`
    : link.became
      ? `${link.email} existed already and is now an admin.`
      : `${link.email} existed already and was an admin already.`;
  const password = link.made ? '' : ' Their password stays as it is until the link is used.';
  return `${what}${password}\n${handOver(link.email, link)}`;
}

async function makePerson({ people }: AdminServices, ctx: ServiceContext, command: Of<'person'>) {
  const { email, made } = await people.createPerson(ctx, { email: command.email, name: command.name });
  if (!made) {
    throw new AppError(
      'CONFLICT',
      `${email} existed already: nothing was changed. npm run admin -- link ${email} prints a link to set a new password.`,
    );
  }
  return `${email} has an account now.\n${handOver(email, await people.createOneTimeLink(ctx, { email }))}`;
}

async function makeInstrument(
  { instruments }: AdminServices,
  ctx: ServiceContext,
  command: Of<'instrument'>,
) {
  const facilities = await instruments.listFacilities(ctx);
  const [only] = command.facility ? facilities.filter(({ code }) => code === command.facility) : facilities;
  const codes = facilities.map(({ code }) => code).join(', ');
  if (!only) {
    throw new AppError(
      'NOT_FOUND',
      facilities.length === 0
        ? 'There is no facility yet: make it with npm run admin -- facility CODE "NAME".'
        : `There is no facility "${command.facility}": there is ${codes}.`,
    );
  }
  if (!command.facility && facilities.length > 1) {
    throw new AppError('BAD_INPUT', `Say which facility with --facility CODE: one of ${codes}.`);
  }
  const { slug, name } = command;
  await instruments.create(ctx, { facilityId: only.id, slug, name, description: '', promiseMs: PROMISE_MS });
  return `The instrument ${name} (${slug}) of ${only.name} is made. Next: npm run admin -- staff ${slug} EMAIL, and agent ${slug} HUB.`;
}

async function makeStaff(services: AdminServices, ctx: ServiceContext, command: Of<'staff'>) {
  const { id, name, facilityId } = await instrumentOf(services, ctx, command.instrument);
  const person = await services.people.findByEmail(ctx, { email: command.email });
  const before = await services.instruments.staff(ctx, { instrumentId: id });
  if (before.some((each) => each.id === person.id)) return `${person.email} was staff of ${name} already.`;
  await services.instruments.addStaff(ctx, { facilityId, instrumentId: id, personId: person.id });
  return `${person.email} is staff of ${name} now.`;
}

/** Writes the licence into the folder, for the owner's eyes alone, under a name that was free there; returns that name. */
async function saveLicence({ fileName, text }: LicenceDownload, folder: string): Promise<string> {
  for (let n = 1; ; n++) {
    const name = suffixedPath(fileName, n, { beforeExtension: true });
    try {
      await writeFile(join(folder, name), text, { mode: 0o600, flag: 'wx' });
      return name;
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
    }
  }
}

async function makeAgent(services: AdminServices, ctx: ServiceContext, command: Of<'agent'>, folder: string) {
  const { agents, config } = services;
  const { name, renew, days } = command;
  const instrument = await instrumentOf(services, ctx, command.instrument);
  const there = (await agents.list(ctx, { instrumentId: instrument.id })).find(
    (agent) => agent.name === name,
  );
  if (renew && !there) {
    throw new AppError('NOT_FOUND', `${instrument.name} has no agent ${name} yet: leave out --renew.`);
  }
  if (!renew && there) {
    throw new AppError(
      'CONFLICT',
      `${instrument.name} has an agent ${name} already: choose another name, or --renew for a new licence.`,
    );
  }
  const terms = { folders: FOLDERS, expiresAt: new Date(ctx.now().getTime() + days * DAY_MS) };
  const licence = there
    ? await agents.issueLicence(ctx, { agentId: there.id, ...terms })
    : await agents.create(ctx, { instrumentId: instrument.id, kind: 'hub', name, ...terms });
  const file = await saveLicence(licence, folder);
  return `The licence of ${name} at ${instrument.name}, valid for ${days} days, is in ${join(folder, file)}.
Bring it to the machine of ${name}, beside hub.toml: it works once, for whoever has it.

hub.toml begins with these lines; its detectors follow, see docs/hub.md:
server = "${config.webUrl}"
licence_file = "${file}"
state_dir = "state"`;
}

async function makeTrigger(services: AdminServices, ctx: ServiceContext, command: Of<'trigger'>) {
  const { jobs } = services;
  const instrument = await instrumentOf(services, ctx, command.instrument);
  // Templates come with the worker's first start, which need not have been.
  await jobs.ensureBuiltInTemplates(ctx, BUILT_IN_TEMPLATES);
  const templates = await jobs.listTemplates(ctx);
  const template = templates.find(({ slug }) => slug === command.template);
  if (!template) {
    throw new AppError(
      'NOT_FOUND',
      `There is no template "${command.template}": there is ${templates.map(({ slug }) => slug).join(', ')}.`,
    );
  }
  await jobs.createTrigger(ctx, {
    instrumentId: instrument.id,
    name: template.name,
    templateSlug: template.slug,
  });
  return `${template.name} runs on every dataset that ${instrument.name} finishes from now on.`;
}

/** Does what the command says and returns what to tell the operator; files go into `folder`. Throws `AppError` with a sentence when it cannot be. */
export function runAdminCommand(
  services: AdminServices,
  ctx: ServiceContext,
  command: AdminCommand,
  folder: string,
): Promise<string> {
  switch (command.verb) {
    case 'facility':
      return makeFacility(services, ctx, command);
    case 'create':
      return makeAdmin(services, ctx, command);
    case 'person':
      return makePerson(services, ctx, command);
    case 'link':
      return services.people
        .createOneTimeLink(ctx, { email: command.email })
        .then((link) => handOver(command.email, link));
    case 'instrument':
      return makeInstrument(services, ctx, command);
    case 'staff':
      return makeStaff(services, ctx, command);
    case 'agent':
      return makeAgent(services, ctx, command, folder);
    case 'trigger':
      return makeTrigger(services, ctx, command);
  }
}
