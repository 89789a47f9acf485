import { describe, expect, it } from 'vitest';
import { ADMIN_HELP, parseAdminCommand } from './command-line.ts';

const parse = (line: string) => parseAdminCommand(line.split(' ').filter(Boolean));

describe('commands of the operator', () => {
  it('asks for help with nothing, help and --help', () => {
    for (const line of ['', 'help', '--help', '-h']) expect(parse(line)).toBeNull();
    for (const verb of ['facility', 'create', 'person', 'link', 'instrument', 'staff', 'agent', 'trigger'])
      expect(ADMIN_HELP).toContain(`admin -- ${verb} `);
  });

  it('reads each command with its own options', () => {
    expect(parseAdminCommand(['create', 'ada@example.org', '--name', ' Ada Lovelace '])).toEqual({
      verb: 'create',
      email: 'ada@example.org',
      name: 'Ada Lovelace',
    });
    expect(parseAdminCommand(['facility', 'DEM', 'Demo Facility', '--time-zone', 'Europe/Berlin'])).toEqual({
      verb: 'facility',
      code: 'DEM',
      name: 'Demo Facility',
      timeZone: 'Europe/Berlin',
    });
    expect(parseAdminCommand(['instrument', 'mx-1', 'MX 1'])).toMatchObject({ slug: 'mx-1', name: 'MX 1' });
    expect(parse('agent mx-1 HUB --renew --days 30')).toMatchObject({ renew: true, days: 30 });
    expect(parse('agent mx-1 HUB')).toMatchObject({ renew: false, days: 365 });
  });

  it.each([
    ['remove ada@example.org', /^There is no command "remove": one of facility, create/],
    ['create', /^It is: npm run admin -- create EMAIL/],
    ['create a@b.org c@d.org', /^It is: npm run admin -- create EMAIL/],
    ['link a@b.org --name Ada', /^It is: npm run admin -- link EMAIL/],
    ['instrument mx-1 MX 1', /in quotes/],
    ['create a@b.org --admn', /--admn.*help lists the commands/],
    ['instrument MX-1 One', /^"MX-1" cannot be a slug/],
    ['instrument mx--1 One', /cannot be a slug/],
    ['facility Dem Demo', /two to five capital letters/],
    ['facility DEM Demo --time-zone Mars', /no time zone "Mars"/],
    ['agent mx-1 HUB --days 0', /whole number from 1 to/],
    ['agent mx-1 HUB --days a', /whole number from 1 to/],
  ])('refuses "%s" with one sentence', (line, sentence) => {
    expect(() => parse(line)).toThrow(sentence);
  });
});
