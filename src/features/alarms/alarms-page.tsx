'use client';
import { BellOff } from 'lucide-react';
import Link from 'next/link';
import { useNow } from '#src/components/clock.ts';
import { ClockTime } from '#src/components/relative-time.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { StaffOnly, useInstrument } from '#src/features/instrument/index.ts';
import type { AlarmsView, AlarmView } from '#src/server/domain/alarms/alarms.service.ts';
import { AlarmCare } from './alarm-care.tsx';
import { EndedAlarms } from './ended-alarms.tsx';
import { EscalationForm } from './escalation-form.tsx';
import { RotaCard } from './rota-card.tsx';
import { useAlarms } from './use-alarms.ts';
import { WebhooksCard } from './webhooks-card.tsx';

function StandingRow({ alarm, escalateAfterMinutes }: { alarm: AlarmView; escalateAfterMinutes: number }) {
  const now = new Date(useNow());
  return (
    <li className="grid grid-cols-[5rem_minmax(0,1fr)] items-start gap-x-2 px-4 py-2 text-sm">
      {alarm.isSeen ? (
        <Status tone={alarm.level === 'error' ? 'failed' : 'warn'}>
          {alarm.level === 'error' ? 'alarm' : 'warning'}
        </Status>
      ) : (
        <Status tone="muted">gone</Status>
      )}
      <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
        <span className="wrap-anywhere min-w-0 font-medium">{alarm.text}</span>
        {alarm.isSeen || alarm.acknowledged ? (
          <AlarmCare
            alarm={alarm}
            sentence={alarm.text}
            escalateAfterMinutes={escalateAfterMinutes}
            now={now}
          />
        ) : (
          <span className="text-ink-soft">
            last seen <ClockTime at={alarm.lastSeenAt} />, over when it stays away for five minutes
          </span>
        )}
        <span className="ml-auto text-ink-faint text-xs">
          since <ClockTime at={alarm.raisedAt} />
        </span>
      </div>
    </li>
  );
}

function TodayCard({ view, slug }: { view: AlarmsView; slug: string }) {
  return (
    <Card>
      <CardHeader title="Today" hint="Since midnight at the facility">
        <Link href={`/instruments/${slug}`} className="text-accent text-sm hover:underline">
          Cockpit
        </Link>
      </CardHeader>
      {view.standing.length + view.ended.length === 0 ? (
        <EmptyState icon={BellOff} title="No alarm today">
          What data are late, in danger or not coming for is told here and in the cockpit, with what to do.
        </EmptyState>
      ) : (
        <>
          <ul className="divide-y border-b" aria-label="Alarms that stand">
            {view.standing.map((alarm) => (
              <StandingRow
                key={alarm.alarmId}
                alarm={alarm}
                escalateAfterMinutes={view.escalateAfterMinutes}
              />
            ))}
          </ul>
          <EndedAlarms alarms={view.ended} />
        </>
      )}
    </Card>
  );
}

function Alarms() {
  const instrument = useInstrument();
  const alarms = useAlarms(instrument.id);
  return (
    <div className="mx-auto grid w-full max-w-4xl grid-cols-1 gap-3 p-3 sm:p-4">
      <h1 className="font-semibold text-xl tracking-tight">Alarms of {instrument.name}</h1>
      {alarms.isPending && <SkeletonRows rows={3} />}
      {alarms.isError && !alarms.data && (
        <ErrorState error={alarms.error} retry={() => void alarms.refetch()} />
      )}
      {alarms.data && <TodayCard view={alarms.data} slug={instrument.slug} />}
      <RotaCard instrumentId={instrument.id} />
      {alarms.data && (
        <Card>
          <CardHeader title="Escalation" />
          <EscalationForm instrumentId={instrument.id} minutes={alarms.data.escalateAfterMinutes} />
        </Card>
      )}
      <WebhooksCard instrumentId={instrument.id} />
    </div>
  );
}

/** Alarms of an instrument: what there was today, who is on call, and where they are told. */
export function AlarmsPage() {
  return (
    <StaffOnly>
      <Alarms />
    </StaffOnly>
  );
}
