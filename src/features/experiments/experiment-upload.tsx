'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { heldTotal } from '#src/components/held-amount.ts';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { UploadDecision } from '#src/components/upload-decision.tsx';
import { useAsked } from '#src/components/use-asked.ts';
import { useTRPC } from '#src/features/shell/index.ts';
import type { ExperimentDetail } from '#src/server/domain/experiments/experiment.types.ts';
import type { HeldDecision } from '#src/shared/model/states.ts';
import { allows } from '#src/shared/permissions/permission-table.ts';

/** What agents hold of this experiment because its upload is off; null while nothing is known, or nothing is held. */
function useHeld(experiment: ExperimentDetail, wanted: boolean) {
  const trpc = useTRPC();
  const cockpit = useQuery(
    trpc.cockpit.view.queryOptions({ slug: experiment.instrument.slug }, { enabled: wanted }),
  );
  const held = cockpit.data?.agents.flatMap(({ status }) => status?.held ?? []) ?? [];
  return heldTotal(held.filter(({ experimentCode }) => experimentCode === experiment.code));
}

/** Whether the data of this experiment are uploaded, and the switch for those who may turn it. Quiet while all is as usual. */
export function ExperimentUpload({
  experiment,
  refresh,
}: {
  experiment: ExperimentDetail;
  refresh: () => void;
}) {
  const trpc = useTRPC();
  const [deciding, setDeciding] = useState<'on' | 'off' | null>(null);
  const { shown, ask, takeBack } = useAsked({
    value: experiment.upload.enabled,
    since: experiment.upload.since,
  });
  const set = useMutation(
    trpc.experiments.setUpload.mutationOptions({
      onError: (error) => {
        takeBack();
        toast.failed(error);
      },
      onSettled: refresh,
    }),
  );
  const mayTurn = experiment.state !== 'closed' && allows('upload.pause', experiment.roles);
  const enabled = shown.value;
  const held = useHeld(experiment, mayTurn && !enabled);
  const turn = (on: boolean, decision: HeldDecision) => {
    setDeciding(null);
    ask(on, new Date());
    set.mutate({ experimentId: experiment.id, enabled: on, held: decision });
  };
  const press = () => {
    if (enabled) setDeciding('off');
    else if (held) setDeciding('on');
    else turn(true, 'send');
  };
  return (
    <>
      {!enabled && (
        <Status tone="warn" title="Agents keep the data of this experiment and send none.">
          upload off
          <span className="font-normal text-ink-soft">
            <RelativeTime at={shown.since} />
          </span>
        </Status>
      )}
      {mayTurn && (
        <Button look={enabled ? 'quiet' : 'plain'} size="sm" busy={set.isPending} onClick={press}>
          {enabled ? 'Switch upload off' : 'Switch upload on'}
        </Button>
      )}
      {deciding && (
        <UploadDecision
          whose={experiment.code}
          deciding={deciding}
          advice="If nothing may be lost, let the staff of the instrument pause the HUB instead: then the detector waits. Files that a SYNC watches stay where they are."
          held={held}
          onDecide={(decision) => turn(deciding === 'on', decision)}
          onCancel={() => setDeciding(null)}
        />
      )}
    </>
  );
}
