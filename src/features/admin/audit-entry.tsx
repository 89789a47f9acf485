'use client';
import { EyeOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { ClockTime, RelativeTime } from '#src/components/relative-time.tsx';
import { DialogContent } from '#src/components/ui/dialog.tsx';
import type { AuditEntryView } from '#src/server/domain/audit/audit.types.ts';
import { isUuid } from '#src/shared/model/uuid.ts';

/** A value of the detail on one line. */
const shortValue = (value: unknown): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);

const HASH = /^[0-9a-f]{64}$/;

/** To whom, and the detail, on one line: "Mia Member, role viewer". Hashes and ids are in the dialog. */
export const shortDetail = ({ detail, entityName, withheld }: AuditEntryView): string =>
  [
    entityName,
    ...Object.entries(detail)
      .filter(([, value]) => value !== null && !HASH.test(String(value)) && !isUuid(String(value)))
      .map(([key, value]) => `${key} ${shortValue(value)}`),
    withheld > 0 ? `${withheld} not shown` : null,
  ]
    .filter((part) => part !== null)
    .join(', ');

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-faint">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

const mono = (text: string | null) =>
  text === null ? null : <span className="break-all font-mono text-xs">{text}</span>;

/** Everything an admin may see of one row of the audit trail. */
export function AuditEntryDialog({ entry }: { entry: AuditEntryView }) {
  return (
    <DialogContent title={entry.action}>
      <dl className="grid grid-cols-[7rem_minmax(0,1fr)] gap-x-3 gap-y-1.5 text-sm">
        <Fact label="When">
          <ClockTime at={entry.at} />, <RelativeTime at={entry.at} />
        </Fact>
        <Fact label="Who">
          {entry.who.name}
          {entry.who.email && <span className="text-ink-faint"> ({entry.who.email})</span>}
          {entry.who.kind !== 'person' && <span className="text-ink-faint">, {entry.who.kind}</span>}
        </Fact>
        <Fact label="What">
          {entry.entityKind} {entry.entityName} {mono(entry.entityId)}
        </Fact>
        {entry.experimentCode && <Fact label="Experiment">{mono(entry.experimentCode)}</Fact>}
        {Object.entries(entry.detail).map(([key, value]) => (
          <Fact key={key} label={key}>
            {mono(shortValue(value))}
          </Fact>
        ))}
        {entry.requestId && <Fact label="Request">{mono(entry.requestId)}</Fact>}
      </dl>
      {entry.withheld > 0 && (
        <p className="flex items-start gap-2 text-ink-soft text-sm">
          <EyeOff className="mt-0.5 size-4 shrink-0 text-ink-faint" aria-hidden />
          {entry.withheld === 1 ? 'One field is' : `${entry.withheld} fields are`} only for people of the
          experiment: names, titles and paths.
        </p>
      )}
    </DialogContent>
  );
}
