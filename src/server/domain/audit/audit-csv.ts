import type { AuditEntryView } from './audit.types.ts';

const COLUMNS = [
  ...[
    'at',
    'who_kind',
    'who_id',
    'who',
    'email',
    'action',
    'what',
    'what_id',
    'what_name',
    'experiment',
    'detail',
  ],
  ...['withheld_fields', 'request_id'],
];

/**
 * A cell of RFC 4180. What a spreadsheet would take for a formula gets an apostrophe in front (OWASP, "CSV injection"): names in
 * the trail were typed by others.
 */
function cell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  const inert = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

const line = (cells: readonly (string | number | null)[]) => `${cells.map(cell).join(',')}\r\n`;

export const auditCsvHead = line(COLUMNS);

export const auditCsvLine = (row: AuditEntryView): string =>
  line([
    ...[row.at.toISOString(), row.who.kind, row.who.id, row.who.name, row.who.email],
    ...[row.action, row.entityKind, row.entityId, row.entityName, row.experimentCode],
    ...[JSON.stringify(row.detail), row.withheld, row.requestId],
  ]);
