import { isUuid } from '../../../shared/model/uuid.ts';

/*
 * Admins search what was done at their facility, and see no data of experiments they are not in: no name, title, path or comment. The detail
 * of an audit row may hold any of these, so that of such rows only what is listed here is shown, and the rest is counted.
 */

/** Fields whose text is one of a few words of the product, or a fact about accounts and machines. */
const WORDS: ReadonlySet<string> = new Set([
  ...['role', 'state', 'held', 'mode', 'kind', 'ending', 'outcome', 'owner', 'isolation', 'level', 'show'],
  ...['scopes', 'slug', 'code', 'timeZone', 'ip', 'sha256', 'expectedSha256', 'origin', 'provider'],
]);
/** Fields whose text is a name or a reason of the facility's own things. */
const FACILITY_TEXTS: ReadonlySet<string> = new Set(['name', 'reason', 'gpu']);
const FACILITY_KINDS: ReadonlySet<string> = new Set([
  ...['facility', 'instrument', 'licence', 'lab', 'profile', 'agent'],
]);
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

export interface AuditRowFacts {
  action: string;
  entityKind: string;
  experimentId: string | null;
  detail: Readonly<Record<string, unknown>>;
}

export interface ShownDetail {
  detail: Record<string, unknown>;
  /** Fields that are kept but not shown to this caller. */
  withheld: number;
}

function mayShowText(row: AuditRowFacts, key: string, text: string): boolean {
  if (isUuid(text) || INSTANT.test(text) || WORDS.has(key)) return true;
  if (row.action === 'member.role') return key === 'from' || key === 'to';
  if (row.action.startsWith('job.')) return key === 'template' || key === 'failure';
  if (row.experimentId !== null) return false;
  if (row.entityKind === 'person') return key === 'email';
  return FACILITY_KINDS.has(row.entityKind) && FACILITY_TEXTS.has(key);
}

/** What of the detail may be shown to whoever may not see the row's experiment. */
export function withoutNames(row: AuditRowFacts): ShownDetail {
  let withheld = 0;
  /** Undefined = withheld. */
  function shown(key: string, value: unknown): unknown {
    if (typeof value === 'string') {
      if (mayShowText(row, key, value)) return value;
      withheld++;
      return undefined;
    }
    if (Array.isArray(value))
      return value.map((item) => shown(key, item)).filter((item) => item !== undefined);
    if (typeof value !== 'object' || value === null) return value;
    return fieldsOf(value as Record<string, unknown>);
  }
  function fieldsOf(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const kept = Object.entries(fields).map(([key, value]) => [key, shown(key, value)] as const);
    return Object.fromEntries(kept.filter(([, value]) => value !== undefined));
  }
  return { detail: fieldsOf(row.detail), withheld };
}
