'use client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Check } from 'lucide-react';
import { useState } from 'react';
import { fieldFaultsOf } from '#src/components/app-error-of.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Dialog, DialogContent, DialogTrigger, SubmitFooter } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { useProfile, useTRPC } from '#src/features/shell/index.ts';

/** Says by name that one takes care of an alarm, with a word for the others. */
export function Acknowledge({ alarmId, sentence }: { alarmId: string; sentence: string }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const { name } = useProfile();
  const [open, setOpen] = useState(false);
  const [note, setNote] = useState('');
  const acknowledge = useMutation(
    trpc.alarms.acknowledge.mutationOptions({
      onSuccess: () => setOpen(false),
      // Somebody may have been quicker.
      onSettled: () => queries.invalidateQueries(trpc.alarms.pathFilter()),
    }),
  );
  const fault = fieldFaultsOf(acknowledge.error).note;
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button size="sm" aria-label={`Acknowledge: ${sentence}`}>
          <Check aria-hidden /> Acknowledge
        </Button>
      </DialogTrigger>
      <DialogContent title="Acknowledge" description={sentence}>
        <form
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            acknowledge.mutate({ alarmId, note });
          }}
        >
          <p className="text-sm">
            All staff see that {name} takes care of it, and nobody is told of it any more. It stands until
            what it is about is mended.
          </p>
          <Field label="A word for the others" hint="Shown to staff of the instrument." fault={fault}>
            {(props) => (
              <Input
                {...props}
                autoComplete="off"
                placeholder="On my way; restarting the HUB"
                value={note}
                onChange={(event) => setNote(event.currentTarget.value)}
              />
            )}
          </Field>
          <FormFault error={acknowledge.error} isTold={fault !== undefined} />
          <SubmitFooter busy={acknowledge.isPending}>I take care of it</SubmitFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
