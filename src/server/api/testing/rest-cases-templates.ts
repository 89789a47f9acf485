import { EMPTY_CONTENT } from '#src/testing/template-content.ts';
import { archivesTemplate, ownsTemplate, seesTemplate } from './access-cases-templates.ts';
import { type AccessRule, forThemselves, shownIf, signedIn } from './access-rules.ts';
import type { AccessWorld } from './access-world.ts';
import type { RestCase } from './rest-case.ts';

const itsTemplate = (w: AccessWorld) => ({ params: { template: w.template.slug } });
const emptyFile = { beamdeckTemplate: 1, content: EMPTY_CONTENT };

/**
 * The template is shared with one of the staff by name: a token for one experiment or instrument does not find it, nor do others of the staff, who are
 * Managers besides.
 */
const byName =
  (rule: AccessRule): AccessRule =>
  (held) => {
    const isOther = held.atInstrument.includes('staff') && held.inExperiment.includes('manager');
    return held.signedIn && (held.isNarrow || isOther) ? 'NOT_FOUND' : rule(held);
  };

const makes: AccessRule = (held) => {
  const first = forThemselves(held);
  return first === 'done' && !held.ofFacility ? 'BAD_INPUT' : first;
};

/** Every operation of job templates. */
export const TEMPLATE_REST_CASES: Readonly<Record<string, readonly RestCase[]>> = {
  'templates.list': [
    {
      what: 'somebody’s own',
      rule: shownIf(byName(seesTemplate)),
      input: () => ({}),
      outcome: (answer, w) => {
        const { items } = answer as { items: { slug: string }[] };
        return items.some(({ slug }) => slug === w.template.slug) ? 'shown' : 'hidden';
      },
    },
  ],
  'templates.get': [
    {
      what: 'one that ships with the product',
      rule: signedIn,
      input: () => ({ params: { template: 'fast-feedback' } }),
    },
    { what: 'somebody’s own', rule: byName(seesTemplate), input: itsTemplate },
  ],
  'templates.export': [{ what: 'somebody’s own', rule: byName(seesTemplate), input: itsTemplate }],
  'templates.create': [
    {
      what: 'at the facility',
      rule: makes,
      input: (w) => ({ query: { facility: w.facility.code }, body: emptyFile }),
    },
  ],
  'templates.addVersion': [
    {
      what: 'of somebody’s own',
      rule: byName(ownsTemplate),
      input: (w) => ({ ...itsTemplate(w), query: { after: '1' }, body: emptyFile }),
    },
  ],
  'templates.setArchived': [
    {
      what: 'somebody’s own',
      rule: byName(archivesTemplate),
      input: (w) => ({ ...itsTemplate(w), body: { archived: true } }),
    },
  ],
};
