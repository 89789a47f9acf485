'use client';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { fieldFaultsOf } from '#src/components/app-error-of.ts';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { localText } from '#src/shared/model/zoned-instant.ts';
import { endOfDay, proposedDate } from './ask-prolongation.tsx';

/** Staff and admins: a later date, or why not. Without a question there is nothing to refuse. */
export function ProlongForm({
  experiment,
  asked,
  onDecided,
}: {
  experiment: { id: string; code: string; processingUntil: Date | null };
  asked: { id: string; wantedUntil: Date } | null;
  onDecided: () => void;
}) {
  const trpc = useTRPC();
  const zone = useFacilityZone();
  const [day, setDay] = useState(() =>
    asked
      ? localText(asked.wantedUntil, zone).slice(0, 10)
      : proposedDate(experiment.processingUntil, new Date(), zone),
  );
  const [why, setWhy] = useState<string | null>(null);
  const prolong = useMutation(
    trpc.experiments.prolong.mutationOptions({
      onSuccess: () => toast.done(`${experiment.code} may be analysed longer`),
      onSettled: onDecided,
    }),
  );
  const refuse = useMutation(
    trpc.experiments.refuseProlongation.mutationOptions({
      onSuccess: () => toast.done('Refused; its people see why'),
      onSettled: onDecided,
    }),
  );
  const failed = prolong.error ?? refuse.error;
  const faults = failed ? fieldFaultsOf(failed) : {};
  const until = endOfDay(day, zone);
  return (
    <form
      className="grid gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (why !== null && asked) refuse.mutate({ prolongationId: asked.id, why });
        else if (until) prolong.mutate({ experimentId: experiment.id, until });
      }}
    >
      {why === null ? (
        <Field label="Jobs until the end of" hint={`Clocks of ${zone}.`} fault={faults.until}>
          {(props) => (
            <Input
              {...props}
              type="date"
              required
              className="w-44"
              value={day}
              onChange={(event) => setDay(event.currentTarget.value)}
            />
          )}
        </Field>
      ) : (
        <Field label="Why it is refused" hint="Shown to the people of the experiment." fault={faults.why}>
          {(props) => (
            <Input {...props} required value={why} onChange={(event) => setWhy(event.currentTarget.value)} />
          )}
        </Field>
      )}
      <FormFault error={failed} isTold={Object.keys(faults).length > 0} />
      <div className="flex flex-wrap gap-2">
        <Button
          type="submit"
          look={why === null ? 'primary' : 'danger'}
          busy={prolong.isPending || refuse.isPending}
        >
          {why === null ? (asked ? 'Grant' : 'Prolong') : 'Refuse'}
        </Button>
        {asked && (
          <Button look="quiet" onClick={() => setWhy(why === null ? '' : null)}>
            {why === null ? 'Refuse' : 'Back'}
          </Button>
        )}
      </div>
    </form>
  );
}
