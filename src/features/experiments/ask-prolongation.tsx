'use client';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { fieldFaultsOf } from '#src/components/app-error-of.ts';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { Dialog, DialogContent, DialogTrigger, SubmitFooter } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input, Textarea } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { ExperimentDetail } from '#src/server/domain/experiments/experiment.types.ts';
import { instantOfLocal, localText } from '#src/shared/model/zoned-instant.ts';
import { useRefreshExperiment } from './experiment-context.ts';

const MONTH_MS = 30 * 24 * 3600 * 1000;

/** A month from the present end, or from now when that has passed; the end of that day. */
export function proposedDate(processingUntil: Date | null, now: Date, timeZone: string): string {
  const from = Math.max(processingUntil?.getTime() ?? 0, now.getTime());
  return localText(new Date(from + MONTH_MS), timeZone).slice(0, 10);
}

/** The last minute of a day `2026-11-21` on the clocks of the facility; null when it is no day. */
export const endOfDay = (day: string, timeZone: string): Date | null =>
  instantOfLocal(`${day}T23:59`, timeZone);

/** A Manager asks for a longer processing window; staff of the instrument or an admin decide. */
export function AskProlongation({
  experiment,
  trigger,
  startsOpen = false,
  onClose,
}: {
  experiment: ExperimentDetail;
  trigger: ReactNode;
  /** Whoever comes from where a job was refused has asked for it already. */
  startsOpen?: boolean;
  onClose?: () => void;
}) {
  const trpc = useTRPC();
  const zone = useFacilityZone();
  const refresh = useRefreshExperiment();
  const [open, setOpen] = useState(startsOpen);
  const proposed = () => proposedDate(experiment.processingUntil, new Date(), zone);
  const [day, setDay] = useState(proposed);
  const [reason, setReason] = useState('');
  const close = () => {
    setOpen(false);
    onClose?.();
  };
  const ask = useMutation(
    trpc.experiments.askProlongation.mutationOptions({
      onSuccess: () => {
        close();
        toast.done('Asked. The staff of the instrument decide.');
      },
      onSettled: refresh,
    }),
  );
  const until = endOfDay(day, zone);
  const faults = ask.isError ? fieldFaultsOf(ask.error) : {};
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (!next) return close();
        setOpen(true);
        setDay(proposed());
        ask.reset();
      }}
    >
      <DialogTrigger asChild>{trigger}</DialogTrigger>
      <DialogContent
        title={`Ask for prolongation of ${experiment.code}`}
        description="Until a later date jobs may be started. The staff of the instrument or an admin of the facility decide."
      >
        <form
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (until) ask.mutate({ experimentId: experiment.id, until, reason });
          }}
        >
          <Field label="Until the end of" hint={`Clocks of ${zone}.`} fault={faults.until}>
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
          <Field label="What is still to be done" fault={faults.reason}>
            {(props) => (
              <Textarea
                {...props}
                required
                value={reason}
                onChange={(event) => setReason(event.currentTarget.value)}
              />
            )}
          </Field>
          <FormFault error={ask.error} isTold={Object.keys(faults).length > 0} />
          <SubmitFooter busy={ask.isPending} disabled={!until}>
            Ask
          </SubmitFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
