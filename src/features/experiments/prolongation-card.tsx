'use client';
import { parseAsBoolean, useQueryState } from 'nuqs';
import { useNow } from '#src/components/clock.ts';
import { ClockTime, Deadline, RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '#src/components/ui/card.tsx';
import { useProfile } from '#src/features/shell/index.ts';
import type { ExperimentDetail, ProlongationView } from '#src/server/domain/experiments/experiment.types.ts';
import { allows } from '#src/shared/permissions/permission-table.ts';
import { AskProlongation } from './ask-prolongation.tsx';
import { useRefreshExperiment } from './experiment-context.ts';
import { ProlongForm } from './prolong-form.tsx';
import { windowStanding } from './window-words.ts';

function Asked({ prolongation }: { prolongation: ProlongationView }) {
  return (
    <div className="grid gap-1 text-sm">
      <p>
        {prolongation.askedBy ?? 'Somebody'} asked <RelativeTime at={prolongation.askedAt} /> for jobs until{' '}
        <Deadline at={prolongation.wantedUntil} />:
      </p>
      <p className="whitespace-pre-wrap border-l-2 pl-2 text-ink-soft">{prolongation.reason}</p>
      {prolongation.grantedUntil && (
        <p>
          Granted until <ClockTime at={prolongation.grantedUntil} />.
        </p>
      )}
      {prolongation.refusal !== null && <p>Refused: {prolongation.refusal}</p>}
      {!prolongation.decidedAt && <p className="text-ink-faint">It waits for staff or an admin.</p>}
    </div>
  );
}

/** How long the experiment may be analysed, what was asked, and who decides. Shown once it is finished. */
export function ProlongationCard({ experiment }: { experiment: ExperimentDetail }) {
  const profile = useProfile();
  const refresh = useRefreshExperiment();
  const nowMs = useNow();
  const [asks, setAsks] = useQueryState('ask', parseAsBoolean.withDefault(false));
  const { prolongation, processingUntil } = experiment;
  if (!processingUntil || experiment.state === 'running') return null;
  const standing = windowStanding({ state: experiment.state, processingUntil }, new Date(nowMs));
  const isOpen = prolongation !== null && prolongation.decidedAt === null;
  const decides = profile.instruments.some(({ id }) => id === experiment.instrument.id);
  const mayAsk = !isOpen && !decides && allows('experiment.askProlongation', experiment.roles);
  return (
    <Card>
      <CardHeader title="Processing window" />
      <CardBody className="grid gap-3">
        <p className="text-sm">
          {standing === 'open' && (
            <>
              Jobs may be started until <Deadline at={processingUntil} />. What runs then finishes; reading
              and downloading stay.
            </>
          )}
          {standing === 'over' && (
            <>
              It ended <Deadline at={processingUntil} />: no job can be started any more. Reading and
              downloading stay.
            </>
          )}
          {standing === 'closed' &&
            'Staff closed the experiment before it ended: no job can be started any more. Reading and downloading stay.'}
        </p>
        {prolongation && <Asked prolongation={prolongation} />}
        {mayAsk && (
          <AskProlongation
            experiment={experiment}
            trigger={<Button className="justify-self-start">Ask for prolongation</Button>}
            startsOpen={asks}
            onClose={() => void setAsks(null)}
          />
        )}
        {decides && (
          <ProlongForm
            key={prolongation?.id}
            experiment={experiment}
            asked={isOpen ? prolongation : null}
            onDecided={refresh}
          />
        )}
      </CardBody>
    </Card>
  );
}
