import { EMPTY_CONTENT } from '#src/testing/template-content.ts';
import type { AccessCases } from './access-case.ts';
import { type AccessRule, endsWith, inFacility, shownIf, signedIn } from './access-rules.ts';
import type { AccessWorld } from './access-world.ts';

/** The template of the world is a member's own, and shared with staff of the instrument by name. */
export const seesTemplate: AccessRule = (held) => {
  if (!held.signedIn) return 'NOT_SIGNED_IN';
  const isOwner = held.inExperiment.includes('owner');
  return isOwner || held.atInstrument.length > 0 ? 'done' : 'NOT_FOUND';
};
/** Of who sees it, the Owner of the experiment made it. */
export const ownsTemplate: AccessRule = (held) => {
  const seen = seesTemplate(held);
  return seen === 'done' && !held.inExperiment.includes('owner') ? 'NOT_ALLOWED' : seen;
};
export const archivesTemplate: AccessRule = (held) => {
  const seen = seesTemplate(held);
  const may = held.inExperiment.includes('owner') || held.atInstrument.includes('admin');
  return seen === 'done' && !may ? 'NOT_ALLOWED' : seen;
};
/** With their instrument, staff who see it; its owner is not staff there, an admin neither. */
const sharesAtInstrument: AccessRule = (held) => {
  const seen = seesTemplate(held);
  if (seen !== 'done' || held.atInstrument.includes('staff')) return seen;
  return held.atInstrument.includes('admin') ? 'NOT_ALLOWED' : 'NOT_FOUND';
};
const sharesWithAll: AccessRule = (held) => {
  const seen = seesTemplate(held);
  return seen === 'done' && inFacility('facility.templates')(held) !== 'done' ? 'NOT_ALLOWED' : seen;
};

const letsReachNetwork: AccessRule = (held) => {
  const seen = seesTemplate(held);
  return seen === 'done' && inFacility('facility.network')(held) !== 'done' ? 'NOT_ALLOWED' : seen;
};

const itsTemplate = (w: AccessWorld) => ({ slug: w.template.slug });

export const TEMPLATE_CASES: AccessCases['templates'] = {
  list: [
    {
      what: 'somebody’s own',
      rule: shownIf(seesTemplate),
      input: () => undefined,
      outcome: (items, w) => (items.some(({ slug }) => slug === w.template.slug) ? 'shown' : 'hidden'),
    },
  ],
  get: [
    { what: 'somebody’s own', rule: seesTemplate, input: itsTemplate },
    { what: 'one that ships with the product', rule: signedIn, input: () => ({ slug: 'fast-feedback' }) },
  ],
  facilities: [{ what: 'one’s own', rule: signedIn, input: () => undefined }],
  colleagues: [{ what: 'one’s own', rule: signedIn, input: () => undefined }],
  create: [
    {
      what: 'at a facility that one has nothing to do with',
      rule: endsWith(signedIn, 'BAD_INPUT'),
      input: () => ({ content: EMPTY_CONTENT, facility: 'NONE' }),
    },
  ],
  save: [
    {
      what: 'somebody’s own',
      rule: ownsTemplate,
      input: (w) => ({ ...itsTemplate(w), version: 1, content: EMPTY_CONTENT }),
    },
  ],
  setArchived: [
    { what: 'somebody’s own', rule: archivesTemplate, input: (w) => ({ ...itsTemplate(w), archived: true }) },
  ],
  share: [
    {
      what: 'with somebody of the experiment',
      rule: ownsTemplate,
      input: (w) => ({
        ...itsTemplate(w),
        with: { sharedWith: 'person', personId: w.others.viewer.id },
      }),
    },
    {
      what: 'with the instrument',
      rule: sharesAtInstrument,
      input: (w) => ({
        ...itsTemplate(w),
        with: { sharedWith: 'instrument', instrumentId: w.instrument.id },
      }),
    },
    {
      what: 'with everyone',
      rule: sharesWithAll,
      input: (w) => ({ ...itsTemplate(w), with: { sharedWith: 'everyone' } }),
    },
  ],
  endShare: [
    {
      what: 'that its owner gave to somebody',
      rule: ownsTemplate,
      input: (w) => ({ ...itsTemplate(w), shareId: w.template.shareId }),
    },
  ],
  setNetwork: [
    {
      what: 'of a version that does not ask for it',
      rule: endsWith(letsReachNetwork, 'BAD_INPUT'),
      input: (w) => ({ ...itsTemplate(w), version: 1, facilityId: w.facility.id, allowed: true }),
    },
  ],
  checkAgain: [{ what: 'somebody’s own', rule: seesTemplate, input: itsTemplate }],
};
