import { exactBytes } from '#src/components/format.ts';
import { amountWords } from '#src/components/held-amount.ts';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Status } from '#src/components/ui/status.tsx';
import type { HeldData } from '#src/shared/contracts/agent-control.ts';
import { heldWords } from './uplink-words.ts';

/** What the agent has and does not send now, with the reason. */
export function HeldList({ held }: { held: readonly HeldData[] }) {
  const rows = held.filter(({ files }) => files > 0);
  if (rows.length === 0) return null;
  return (
    <ul aria-label="Held data" className="grid gap-0.5">
      {rows.map((row) => (
        <li
          key={`${row.because} ${row.experimentCode}`}
          className="flex flex-wrap items-baseline gap-x-2 text-xs"
        >
          <Status tone="queued" className="text-xs">
            held: <span title={exactBytes(row.bytes)}>{amountWords(row)}</span>
          </Status>
          <RelativeTime at={row.since} className="ml-auto text-ink-faint" />
          <span className="basis-full pl-5.5 text-ink-soft">{heldWords(row)}</span>
        </li>
      ))}
    </ul>
  );
}
