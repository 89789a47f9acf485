import { canariesIn, type FoundCanary } from './canary-words.ts';
import type { CanaryWorld } from './canary-world.ts';

/** Who reads something, and whose words they may find in it. */
export interface Reader {
  name: string;
  may: ReadonlySet<string>;
}

export const NOBODYS: ReadonlySet<string> = new Set();
export const operator: Reader = { name: 'operator of the machine', may: NOBODYS };

interface Coming {
  where: string;
  reader: Reader;
  found: FoundCanary;
}

/** What is told by rule of an experiment that is not the reader's, and why. */
const RULES: readonly { why: string; holds(coming: Coming): boolean }[] = [
  {
    why: 'admins of the facility manage its people, and find by its code what an entry of the audit trail is about',
    holds: ({ reader, found: { field } }) =>
      reader.name === 'admin' && (field === 'code' || field.startsWith('person.')),
  },
  {
    why: 'staff see which experiment was active when; of one that they see no more, its code alone',
    holds: ({ where, found: { field } }) => where.startsWith('instruments.activations') && field === 'code',
  },
  {
    why: 'whoever holds the link of an invitation is told what it is to, and to which address it was sent',
    holds: ({ where, found: { field } }) =>
      /^invitations\.(atDoor|join|accept) /.test(where) && ['code', 'invitation.email'].includes(field),
  },
  {
    why: 'whoever is invited, or is offered the ownership, is told of what and by whom',
    holds: ({ where, found: { field } }) =>
      /^mail (invitation|ownership-offer)$/.test(where) && ['code', 'person.name'].includes(field),
  },
  {
    why: 'people are greeted by their name at an address that they gave themselves and have still to prove',
    holds: ({ where, found: { field } }) => where === 'mail verify-address' && field === 'person.name',
  },
  {
    why: 'whoever sees an experiment sees by which projects it is read, by name',
    holds: ({ where, found: { whose, field } }) =>
      where.startsWith('projects.reading') &&
      ['project', 'former'].includes(whose) &&
      ['code', 'experiment.title'].includes(field),
  },
  {
    why: 'people see for which experiment they made a token, also when they are no more in it',
    holds: ({ where, found: { field } }) => where.startsWith('tokens.list') && field === 'code',
  },
];

type Kind = 'responses' | 'events' | 'mails' | 'log lines';

/** Reads everything that leaves the installation, and notes each canary that came to somebody it is not for. */
export class CanarySearch {
  readonly searched: Record<Kind, number> = { responses: 0, events: 0, mails: 0, 'log lines': 0 };
  /** Canaries that came to whom they are for: without them nothing would have been looked at. */
  readonly arrived = new Set<string>();
  readonly #leaks = new Set<string>();
  readonly #codes: CanaryWorld['codes'];

  constructor(codes: CanaryWorld['codes']) {
    this.#codes = codes;
  }

  /** @param where the door, for whoever has to mend it */
  look(kind: Kind, where: string, reader: Reader, text: string): void {
    this.searched[kind]++;
    for (const found of canariesIn(text, this.#codes)) {
      if (reader.may.has(found.whose)) this.arrived.add(`${found.whose} ${found.field}`);
      else if (!RULES.some(({ holds }) => holds({ where, reader, found })))
        this.#leaks.add(`${where}: ${found.field} of ${found.whose} came to ${reader.name}`);
    }
  }

  /** What was found since it was last asked for. */
  takeLeaks(): string[] {
    const leaks = [...this.#leaks].sort();
    this.#leaks.clear();
    return leaks;
  }
}
