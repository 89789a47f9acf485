'use client';
import { useState } from 'react';
import { formatCount } from '#src/components/format.ts';
import { useExactTimes } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { Status, type Tone } from '#src/components/ui/status.tsx';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import { Ago } from './ago.tsx';
import type { Moment } from './connection.ts';

const TONES: Readonly<Record<'info' | 'warn' | 'error', Tone>> = {
  info: 'muted',
  warn: 'warn',
  error: 'failed',
};
const SHOWN_FOLDED = 3;

/** What agents reported in the last day, faults and news: the same of one detector is one row with its count. */
export function ReportsCard({ view, moment }: { view: CockpitView; moment: Moment }) {
  const [open, setOpen] = useState(false);
  const exactly = useExactTimes();
  const { reports } = view;
  const whose = ({ agentName, detector }: CockpitView['reports'][number]) =>
    [view.agents.length > 1 ? agentName : null, detector].filter((name) => name !== null).join(' · ');
  const shown = open ? reports : reports.slice(0, SHOWN_FOLDED);
  return (
    <Card aria-label="Reports of agents">
      <CardHeader title="Reports of agents" hint="last 24 hours">
        {reports.length > SHOWN_FOLDED && (
          <Button look="quiet" size="sm" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? 'Fewer' : `All ${reports.length}`}
          </Button>
        )}
      </CardHeader>
      {reports.length === 0 ? (
        <p className="px-3 py-3">
          <Status tone="ok">none</Status>
        </p>
      ) : (
        <ul className="divide-y">
          {shown.map((report) => (
            <li
              key={`${report.agentName} ${report.detector} ${report.code}`}
              className="grid grid-cols-1 gap-0.5 px-3 py-2"
            >
              <div className="flex items-center gap-2">
                <Status tone={TONES[report.level]}>
                  <code className="text-xs">{report.code}</code>
                </Status>
                {report.count > 1 && (
                  <span
                    className="font-mono text-ink-soft text-xs"
                    title={`first\n${exactly(report.firstAt)}`}
                  >
                    × {formatCount(report.count)}
                  </span>
                )}
                <Ago
                  at={report.lastAt}
                  now={moment.now}
                  className="ml-auto shrink-0 text-ink-faint text-xs"
                />
              </div>
              <p className="break-words text-ink-soft text-xs">
                {whose(report) && <span className="text-ink">{whose(report)}: </span>}
                {report.message}
              </p>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
