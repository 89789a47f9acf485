import type { AccessCases } from './access-case.ts';
import { type AccessRule, anybody, atInstrument, inExperiment, knowsInstrument } from './access-rules.ts';
import type { AccessWorld } from './access-world.ts';

const sees = inExperiment('experiment.view');
const seesTray = atInstrument('instrument.unassigned');
const managesAgents = atInstrument('instrument.agents');

const itsSlug = (w: AccessWorld) => ({ slug: w.instrument.slug });
const itsInstrument = (w: AccessWorld) => ({ instrumentId: w.instrument.id });

/** Staff see the whole cockpit, members the part of their experiments; an admin knows that it exists. */
const cockpitPart: AccessRule = (held) => {
  if (knowsInstrument(held) !== 'done') return knowsInstrument(held);
  if (atInstrument('instrument.cockpit')(held) === 'done') return 'whole';
  return sees(held) === 'done' ? 'own part' : 'NOT_ALLOWED';
};

/** Of what is for staff alone in the cockpit: shown to them, hidden from members. */
const staffsPart: AccessRule = (held) => {
  const part = cockpitPart(held);
  if (part !== 'whole' && part !== 'own part') return part;
  return seesTray(held) === 'done' ? 'shown' : 'hidden';
};

/** Whoever knows the instrument is told that its wall display is opened by staff. */
const opensWall: AccessRule = (held) => {
  const known = knowsInstrument(held);
  if (known !== 'done') return known;
  return atInstrument('instrument.cockpit')(held) === 'done' ? 'done' : 'NOT_ALLOWED';
};

export const COCKPIT_CASES: AccessCases['cockpit'] = {
  view: [
    {
      what: 'the instrument',
      rule: cockpitPart,
      input: itsSlug,
      outcome: ({ scope }) => (scope === 'whole' ? 'whole' : 'own part'),
    },
    {
      what: 'data that belong to nobody',
      rule: staffsPart,
      input: itsSlug,
      outcome: ({ unassigned }) => (unassigned.total > 0 ? 'shown' : 'hidden'),
    },
  ],
  surroundings: [
    {
      what: 'what the facility may use',
      rule: staffsPart,
      input: itsSlug,
      outcome: ({ allowance }) => (allowance === null ? 'hidden' : 'shown'),
    },
    {
      what: 'an experiment that is prepared',
      rule: (held) => {
        const part = cockpitPart(held);
        return part === 'whole' || part === 'own part' ? 'shown' : part;
      },
      input: itsSlug,
      outcome: ({ experiments }, w) =>
        experiments.upcoming.items.some(({ id }) => id === w.next.id) ? 'shown' : 'hidden',
    },
  ],
  wall: [
    { what: 'as oneself', rule: opensWall, input: (w) => ({ ...itsSlug(w), key: null }) },
    { what: 'by the key of a link', rule: anybody, input: (w) => ({ ...itsSlug(w), key: w.display.key }) },
    {
      what: 'by a key of nothing',
      rule: () => 'NOT_FOUND',
      input: (w) => ({ ...itsSlug(w), key: 'x'.repeat(43) }),
    },
    {
      what: 'of another instrument, by the key of a link',
      rule: () => 'NOT_FOUND',
      input: (w) => ({ slug: w.elsewhere.slug, key: w.display.key }),
    },
  ],
  displayLinks: [{ what: 'of the instrument', rule: managesAgents, input: itsInstrument }],
  makeDisplayLink: [
    {
      what: 'for the instrument',
      rule: managesAgents,
      input: (w) => ({ ...itsInstrument(w), name: 'Kitchen' }),
    },
  ],
  revokeDisplayLink: [
    {
      what: 'of the instrument',
      rule: managesAgents,
      input: (w) => ({ displayLinkId: w.display.displayLinkId }),
    },
  ],
};
