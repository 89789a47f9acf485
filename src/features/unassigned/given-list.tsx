import Link from 'next/link';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { trayKey } from './tray-row.ts';
import type { Given } from './use-give.ts';

/** Where a thing is looked at in its new experiment. */
function hrefOf({ row, to, path }: Given): string | null {
  if (path === null) return null;
  return row.kind === 'dataset'
    ? `/experiments/${to.code}/datasets/${row.id}/frames/1`
    : `/experiments/${to.code}/files?path=${encodeURIComponent(path.replace(/\/[^/]*$/, ''))}&sel=f:${row.id}`;
}

/** What became of each row that was just given away. */
export function GivenList({
  given,
  isGiving,
  onClose,
}: {
  given: readonly Given[];
  isGiving: boolean;
  onClose: () => void;
}) {
  if (given.length === 0) return null;
  const done = given.filter(({ path }) => path !== null).length;
  return (
    <Card aria-label="Just given">
      <CardHeader title={`Given to ${given[0]!.to.code}`} hint={`${done} of ${given.length}`}>
        <Button look="quiet" size="sm" disabled={isGiving} onClick={onClose}>
          Close
        </Button>
      </CardHeader>
      <ul className="divide-y" aria-live="polite">
        {given.map((each) => {
          const href = hrefOf(each);
          return (
            <li key={trayKey(each.row)} className="flex flex-wrap items-center gap-x-3 px-3 py-1.5 text-sm">
              <span className="wrap-anywhere font-mono">{each.row.path}</span>
              {each.refusal !== null ? (
                <Status tone="failed" className="whitespace-normal">
                  {each.refusal}
                </Status>
              ) : href === null ? (
                <Status tone="queued">being asked</Status>
              ) : (
                <Status tone="ok" className="whitespace-normal">
                  <Link href={href} className="hover:underline">
                    {each.to.code}/{each.path}
                  </Link>
                </Status>
              )}
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
