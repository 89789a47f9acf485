import type { Container } from '#src/server/container.ts';
import type { ServiceContext } from '#src/server/domain/context.ts';
import type { OneTimeLink } from '#src/server/domain/people/people.types.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { BUILT_IN_TEMPLATES } from '#templates/index.ts';
import type { AdminCommand } from './command-line.ts';

/** What the commands use of the container. */
export type AdminServices = Pick<Container, 'people' | 'instruments' | 'agents' | 'cockpit' | 'jobs'> & {
  config: Pick<Container['config'], 'webUrl'>;
};

type Of<Verb extends AdminCommand['verb']> = Extract<AdminCommand, { verb: Verb }>;

/** Files of a new instrument should be in the store this long after their last frame, at most; the cockpit counts later ones. */
const PROMISE_MS = 3000;

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

/** Null when the instrument has no agent of that name. */
async function agentIdOf({ cockpit }: AdminServices, ctx: ServiceContext, slug: string, name: string) {
  const { agents } = await cockpit.view(ctx, { slug });
  return agents.find((agent) => agent.name === name)?.id ?? null;
}

async function makeAgent(services: AdminServices, ctx: ServiceContext, command: Of<'agent'>) {
  const { agents, config } = services;
  const { name, renew } = command;
  const instrument = await instrumentOf(services, ctx, command.instrument);
  const agentId = await agentIdOf(services, ctx, instrument.slug, name);
  if (renew && agentId === null) {
    throw new AppError('NOT_FOUND', `${instrument.name} has no agent ${name} yet: leave out --renew.`);
  }
  if (!renew && agentId !== null) {
    throw new AppError(
      'CONFLICT',
      `${instrument.name} has an agent ${name} already: choose another name, or --renew for a new token (the old one ends at once).`,
    );
  }
  const { token } =
    agentId === null
      ? await agents.createAgent(ctx, { instrumentId: instrument.id, kind: 'hub', name })
      : await agents.renewToken(ctx, { agentId });
  return `The token of ${name} at ${instrument.name}, shown this once. Put it into the file agent.token (mode 600) beside hub.toml:
${token}

hub.toml begins with these lines; its detectors follow, see docs/hub.md:
server = "${config.webUrl}"
token_file = "agent.token"
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

/** Does what the command says and returns what to tell the operator. Throws `AppError` with a sentence when it cannot be. */
export function runAdminCommand(
  services: AdminServices,
  ctx: ServiceContext,
  command: AdminCommand,
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
      return makeAgent(services, ctx, command);
    case 'trigger':
      return makeTrigger(services, ctx, command);
  }
}
