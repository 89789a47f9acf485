'use client';
import { RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { exactBytes, formatBytes, formatCount } from '#src/components/format.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Status } from '#src/components/ui/status.tsx';
import type { CockpitAgent } from '#src/server/domain/instruments/cockpit.service.ts';
import type { PoisonedFile } from '#src/shared/contracts/agent-control.ts';
import { Ago } from './ago.tsx';
import type { Moment } from './connection.ts';
import { LOST_REASON } from './server-lost.tsx';
import { useAgentCommand } from './use-agent-command.ts';

const SHOWN_FOLDED = 5;

/** Files that cannot be sent before a person does something: each with the reason, and a way to have it tried again. */
export function PoisonList({
  agent,
  poisoned,
  total,
  moment,
  refresh,
}: {
  agent: Pick<CockpitAgent, 'id' | 'name'>;
  /** The oldest; the agent tells of 100. */
  poisoned: readonly PoisonedFile[];
  total: number;
  moment: Moment;
  refresh: () => void;
}) {
  const { ask, isPending } = useAgentCommand(agent, refresh);
  const [open, setOpen] = useState(false);
  if (total === 0) return null;
  const shown = open ? poisoned : poisoned.slice(0, SHOWN_FOLDED);
  const lost = moment.isServerLost ? { disabled: true, title: LOST_REASON } : {};
  return (
    <section aria-label={`Files of ${agent.name} that cannot be sent`} className="border-b">
      <div className="flex flex-wrap items-center gap-2 px-3 pt-2">
        <Status tone="failed" className="text-xs">
          {formatCount(total)} {total === 1 ? 'file' : 'files'} cannot be sent
        </Status>
        <span className="ml-auto flex gap-1">
          {poisoned.length > SHOWN_FOLDED && (
            <Button look="quiet" size="sm" aria-expanded={open} onClick={() => setOpen(!open)}>
              {open ? 'Fewer' : `Show ${poisoned.length}`}
            </Button>
          )}
          <Button
            look="quiet"
            size="sm"
            busy={isPending}
            onClick={() => ask({ kind: 'retry-poisoned' })}
            {...lost}
          >
            <RotateCcw aria-hidden /> Try all again
          </Button>
        </span>
      </div>
      <ul className="divide-y">
        {shown.map((file) => (
          <li key={file.id} className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-2 px-3 py-1.5 text-xs">
            <div className="grid gap-0.5">
              <span className="wrap-anywhere font-mono">
                <span className="text-ink-faint">{file.source}/</span>
                {file.path}
              </span>
              <span className="text-ink-soft">{file.reason}</span>
              <span className="flex flex-wrap gap-x-3 text-ink-faint">
                <span>
                  first <Ago at={new Date(file.since)} now={moment.now} />
                </span>
                <span>
                  {file.tries} {file.tries === 1 ? 'try' : 'tries'}
                </span>
                {file.sizeBytes !== null && (
                  <span title={exactBytes(file.sizeBytes)}>{formatBytes(file.sizeBytes)}</span>
                )}
              </span>
            </div>
            <Button
              look="quiet"
              size="icon-sm"
              aria-label={`Try ${file.path} again`}
              title={`Try ${file.path} again`}
              busy={isPending}
              onClick={() => ask({ kind: 'retry-poisoned', ids: [file.id] })}
              {...lost}
            >
              <RotateCcw aria-hidden />
            </Button>
          </li>
        ))}
      </ul>
      {open && total > poisoned.length && (
        <p className="px-3 pb-2 text-ink-faint text-xs">
          and {formatCount(total - poisoned.length)} more, which {agent.name} does not list
        </p>
      )}
    </section>
  );
}
