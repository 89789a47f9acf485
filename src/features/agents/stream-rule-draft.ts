import {
  STREAM_FIELDS,
  type StreamField,
  type StreamRule,
  streamRuleSchema,
  takesFactor,
} from '#src/shared/model/stream-fields.ts';

/** A rule as it is typed. */
export interface RuleDraft {
  /** Of the row, while it is edited. */
  id: number;
  key: string;
  field: StreamField;
  name: string;
  unit: string;
  factor: string;
  /** `OSC = rotation; raster = grid`. */
  kinds: string;
}

export const emptyDraft = (id: number, key = ''): RuleDraft => ({
  ...{ id, key, field: 'sample', name: '', unit: '', factor: '', kinds: '' },
});

const kindWords = (kinds: StreamRule['kinds'] = {}) =>
  Object.entries(kinds)
    .map(([word, kind]) => `${word} = ${kind}`)
    .join('; ');

export const draftOfRule = (
  { key, field, name, unit, factor, kinds }: StreamRule,
  id: number,
): RuleDraft => ({
  ...{ id, key, field, name: name ?? '', unit: unit ?? '' },
  ...{ factor: factor === undefined ? '' : String(factor), kinds: kindWords(kinds) },
});

function kindsOf(typed: string): Record<string, string> {
  const pairs = typed
    .split(/[;\n]/)
    .map((each) => each.trim())
    .filter(Boolean)
    .map((each) => {
      const at = each.lastIndexOf('=');
      return at < 0
        ? [each, '']
        : [
            each.slice(0, at).trim(),
            each
              .slice(at + 1)
              .trim()
              .toLowerCase(),
          ];
    });
  return Object.fromEntries(pairs) as Record<string, string>;
}

/** The rule, or what is wrong with it, by the rules of the server. What its field does not take is left out. */
export function ruleOf(draft: RuleDraft): { rule: StreamRule; fault: null } | { rule: null; fault: string } {
  const { key, field, name, unit, factor, kinds } = draft;
  const isValue = field === 'value';
  const parsed = streamRuleSchema.safeParse({
    ...{ key, field },
    ...(isValue ? { name: name.trim() === '' ? undefined : name } : {}),
    ...(isValue && unit.trim() !== '' ? { unit } : {}),
    ...(takesFactor(field) && factor.trim() !== '' ? { factor: Number(factor) } : {}),
    ...(field === 'kind' && kinds.trim() !== '' ? { kinds: kindsOf(kinds) } : {}),
  });
  return parsed.success
    ? { rule: parsed.data, fault: null }
    : { rule: null, fault: parsed.error.issues[0]!.message };
}

/** "sample_name → name of the sample", "att → transmission in %, × 100". */
export function ruleWords({ field, name, unit, factor, kinds }: StreamRule): string {
  const what = field === 'value' ? `${name}${unit ? ` in ${unit}` : ''}` : STREAM_FIELDS[field];
  const parts = [
    what,
    ...(factor === undefined ? [] : [`× ${factor}`]),
    ...(kinds ? [kindWords(kinds)] : []),
  ];
  return parts.join(', ');
}

const MOST_KEYS = 60;

/** The names that stand in user data, those of objects with their dots; lists and what is deeper than three are left out. */
export function keysIn(userData: unknown, before = '', depth = 0): string[] {
  if (typeof userData !== 'object' || userData === null || Array.isArray(userData) || depth > 2) return [];
  return Object.entries(userData)
    .flatMap(([key, value]) =>
      typeof value === 'object' && value !== null
        ? keysIn(value, `${before}${key}.`, depth + 1)
        : [`${before}${key}`],
    )
    .slice(0, MOST_KEYS);
}
