import { parseArgs } from 'node:util';
import { LICENCE_DEFAULT_DAYS, LICENCE_MAX_DAYS } from '#src/shared/model/licence-state.ts';
import { ClearFault } from '../lib/clear-fault.ts';

/** One command of the operator, its arguments checked as far as that goes without the database. */
export type AdminCommand =
  | { verb: 'facility'; code: string; name: string; timeZone: string }
  | { verb: 'create'; email: string; name?: string | undefined }
  | { verb: 'person'; email: string; name?: string | undefined }
  | { verb: 'link'; email: string }
  | { verb: 'instrument'; slug: string; name: string; facility?: string | undefined }
  | { verb: 'staff'; instrument: string; email: string }
  | { verb: 'agent'; instrument: string; name: string; renew: boolean; days: number }
  | { verb: 'trigger'; instrument: string; template: string };

type Verb = AdminCommand['verb'];
const OPTIONS = ['name', 'time-zone', 'facility', 'renew', 'days'] as const;
type Option = (typeof OPTIONS)[number];

const USAGE: Record<Verb, { positionals: number; options: readonly Option[]; line: string; does: string }> = {
  facility: {
    positionals: 2,
    options: ['time-zone'],
    line: 'facility CODE "NAME" [--time-zone ZONE]',
    does: 'names the facility, before anything else; CODE begins the codes of its experiments',
  },
  create: {
    positionals: 1,
    options: ['name'],
    line: 'create EMAIL [--name NAME]',
    does: 'makes an admin (and a facility FAC, when there is none); prints a one-time link',
  },
  person: {
    positionals: 1,
    options: ['name'],
    line: 'person EMAIL [--name NAME]',
    does: 'makes an ordinary account; prints a one-time link',
  },
  link: {
    positionals: 1,
    options: [],
    line: 'link EMAIL',
    does: 'prints a one-time link for somebody who forgot the password',
  },
  instrument: {
    positionals: 2,
    options: ['facility'],
    line: 'instrument SLUG "NAME" [--facility CODE]',
    does: 'makes an instrument; SLUG stands in its address',
  },
  staff: {
    positionals: 2,
    options: [],
    line: 'staff INSTRUMENT EMAIL',
    does: 'makes somebody with an account staff of the instrument',
  },
  agent: {
    positionals: 2,
    options: ['renew', 'days'],
    line: 'agent INSTRUMENT NAME [--days N] [--renew]',
    does: 'makes a HUB and writes its licence file; --renew: a new licence for one that is there',
  },
  trigger: {
    positionals: 2,
    options: [],
    line: 'trigger INSTRUMENT TEMPLATE',
    does: 'runs the template on every dataset the instrument finishes',
  },
};

const PREFIX = 'npm run admin -- ';

export const ADMIN_HELP = `${Object.values(USAGE)
  .map(({ line, does }) => `${PREFIX}${line}\n    ${does}`)
  .join('\n')}
INSTRUMENT is the slug of one.
`;

const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const FACILITY_CODE = /^[A-Z]{2,5}$/;

function checkedSlug(slug: string): string {
  if (slug.length <= 40 && SLUG.test(slug)) return slug;
  throw new ClearFault(
    `"${slug}" cannot be a slug: lower-case letters, digits and single hyphens, 40 at most, such as mx-1.`,
  );
}

function checkedCode(code: string): string {
  if (FACILITY_CODE.test(code)) return code;
  throw new ClearFault(
    `"${code}" cannot be the code of a facility: two to five capital letters, such as DEM.`,
  );
}

function checkedName(name: string): string {
  const clean = name.trim();
  if (clean.length > 0 && clean.length <= 80) return clean;
  throw new ClearFault(`"${name}" cannot be a name: 1 to 80 characters.`);
}

function checkedTimeZone(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch {
    throw new ClearFault(
      `There is no time zone "${timeZone}": give its name in the IANA list, such as Europe/Berlin.`,
    );
  }
}

function checkedDays(text: string): number {
  const days = Number(text);
  if (/^\d{1,4}$/.test(text) && days >= 1 && days <= LICENCE_MAX_DAYS) return days;
  throw new ClearFault(
    `"${text}" cannot be the days of a licence: a whole number from 1 to ${LICENCE_MAX_DAYS}.`,
  );
}

function parseWords(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        name: { type: 'string' },
        'time-zone': { type: 'string' },
        facility: { type: 'string' },
        renew: { type: 'boolean' },
        days: { type: 'string' },
      },
    });
  } catch (error) {
    const what = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new ClearFault(`${what}. npm run admin -- help lists the commands.`);
  }
}

/** Null when help is asked for. Throws `ClearFault` with one sentence for anything it does not understand. */
export function parseAdminCommand(args: readonly string[]): AdminCommand | null {
  if (args.length === 0 || ['help', '--help', '-h'].includes(args[0]!)) return null;
  const { values, positionals } = parseWords(args);
  const [verb, ...words] = positionals as [Verb, ...string[]];
  if (!Object.hasOwn(USAGE, verb)) {
    throw new ClearFault(`There is no command "${verb}": one of ${Object.keys(USAGE).join(', ')}.`);
  }
  const usage = USAGE[verb];
  const strays = OPTIONS.filter((option) => values[option] !== undefined && !usage.options.includes(option));
  if (words.length !== usage.positionals || strays.length > 0) {
    throw new ClearFault(`It is: ${PREFIX}${usage.line} (a name of several words in quotes).`);
  }
  const [first, second] = words as [string, string];
  const name = values.name === undefined ? undefined : checkedName(values.name);
  switch (verb) {
    case 'facility': {
      const timeZone = checkedTimeZone(values['time-zone'] ?? 'UTC');
      return { verb, code: checkedCode(first), name: checkedName(second), timeZone };
    }
    case 'create':
    case 'person':
      return { verb, email: first, name };
    case 'link':
      return { verb, email: first };
    case 'instrument':
      return { verb, slug: checkedSlug(first), name: checkedName(second), facility: values.facility };
    case 'staff':
      return { verb, instrument: first, email: second };
    case 'agent':
      return {
        verb,
        instrument: first,
        name: checkedName(second),
        renew: values.renew === true,
        days: checkedDays(values.days ?? String(LICENCE_DEFAULT_DAYS)),
      };
    case 'trigger':
      return { verb, instrument: first, template: second };
  }
}
