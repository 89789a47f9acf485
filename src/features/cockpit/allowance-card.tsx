'use client';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { exactBytes, formatDay } from '#src/components/format.ts';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { Progress } from '#src/components/ui/progress.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import type { CockpitSurroundings } from '#src/server/domain/instruments/surroundings.service.ts';
import { ALLOWANCE_ID } from './alarms-strip.tsx';
import { archiveWords, licenceWords, storageWords, type UseWords } from './allowance-words.ts';

function UseRow({ name, note, use, title }: { name: string; note?: string; use: UseWords; title?: string }) {
  return (
    <li className="grid gap-1" title={title}>
      <div className="flex flex-wrap items-baseline gap-x-2">
        <span className="font-medium text-sm">{name}</span>
        {note && <span className="text-ink-faint text-xs">{note}</span>}
        <span
          className={`ml-auto text-sm ${use.tone === 'running' ? 'text-ink-soft' : use.tone === 'warn' ? 'text-warn' : 'text-failed'}`}
        >
          {use.text}
        </span>
      </div>
      {use.max !== null && (
        <Progress value={use.value} max={use.max} tone={use.tone} label={`${name}: ${use.text}`} />
      )}
    </li>
  );
}

/** What the facility keeps and may still compute; for staff. */
export function AllowanceCard({
  view,
  surroundings,
}: {
  view: CockpitView;
  surroundings: CockpitSurroundings | null;
}) {
  const zone = useFacilityZone();
  if (surroundings && !surroundings.allowance) return null;
  const { storage, licences } = surroundings?.allowance ?? { storage: null, licences: [] };
  return (
    <Card id={ALLOWANCE_ID} aria-label="Storage and CPU hours" className="scroll-mt-4">
      <CardHeader title="Storage and CPU hours" hint={view.facility.name} />
      {!storage ? (
        <SkeletonRows rows={2} />
      ) : (
        <ul className="grid gap-3 px-3 py-2.5">
          <UseRow
            name="Hot storage"
            use={storageWords(storage.hotBytes, storage.hotQuotaBytes)}
            title={`${exactBytes(storage.hotBytes)}, former versions of rewritten files too`}
          />
          <UseRow name="Archive" use={archiveWords(storage.archiveQuotaBytes)} />
          {licences.map((licence) => (
            <UseRow
              key={licence.licenceId}
              name={licence.name}
              // Its end is the first instant at which it does not count.
              note={`until ${formatDay(new Date(licence.validUntil.getTime() - 1), zone)}`}
              use={licenceWords(licence)}
            />
          ))}
          {licences.length === 0 && (
            <li className="text-ink-faint text-xs">
              The facility has no licence that is valid now: nothing is counted against one.
            </li>
          )}
        </ul>
      )}
    </Card>
  );
}
