'use client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';

/** After how long all staff are told of an alarm that nobody acknowledges. */
export function EscalationForm({ instrumentId, minutes }: { instrumentId: string; minutes: number }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [typed, setTyped] = useState(String(minutes));
  const set = useMutation(
    trpc.alarms.setEscalation.mutationOptions({
      onSuccess: () => toast.done('Counts from now on'),
      onError: (error) => toast.failed(error),
      onSettled: () => queries.invalidateQueries(trpc.alarms.pathFilter()),
    }),
  );
  const wanted = Number(typed);
  const isValid = Number.isInteger(wanted) && wanted >= 1 && wanted <= 240;
  return (
    <form
      className="flex flex-wrap items-start gap-x-3 gap-y-1 p-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (isValid) set.mutate({ instrumentId, minutes: wanted });
      }}
    >
      <Field
        label="Minutes until all staff are told"
        fault={isValid ? undefined : 'Whole minutes, from 1 to 240.'}
      >
        {(props) => (
          <Input
            {...props}
            type="number"
            min={1}
            max={240}
            required
            className="w-24 tabular-nums"
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
      </Field>
      <Button type="submit" className="mt-6" busy={set.isPending} disabled={!isValid || wanted === minutes}>
        Set
      </Button>
      <p className="w-full text-ink-faint text-xs">
        Of an alarm that nobody has acknowledged by then; by mail and in the app.
      </p>
    </form>
  );
}
