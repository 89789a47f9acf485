'use client';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { fieldFaultsOf } from '#src/components/app-error-of.ts';
import { Dialog, DialogContent, DialogTrigger, SubmitFooter } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input, Textarea } from '#src/components/ui/input.tsx';
import { useTRPC } from '#src/features/shell/index.ts';

interface Called {
  name: string;
  description: string;
}

function StrategyForm({
  before,
  error,
  busy,
  action,
  onSave,
}: {
  before: Called;
  error: unknown;
  busy: boolean;
  action: string;
  onSave: (called: Called) => void;
}) {
  const [called, setCalled] = useState(before);
  const faults = fieldFaultsOf(error);
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        onSave(called);
      }}
    >
      <Field label="Name" hint="As people choose it: Screening, Final." fault={faults.name}>
        {(props) => (
          <Input
            {...props}
            required
            maxLength={80}
            autoComplete="off"
            value={called.name}
            onChange={(event) => setCalled({ ...called, name: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field label="Description" hint="For whom it is, and what it starts." fault={faults.description}>
        {(props) => (
          <Textarea
            {...props}
            maxLength={1000}
            value={called.description}
            onChange={(event) => setCalled({ ...called, description: event.currentTarget.value })}
          />
        )}
      </Field>
      <FormFault error={error} isTold={Object.keys(faults).length > 0} />
      <SubmitFooter busy={busy}>{action}</SubmitFooter>
    </form>
  );
}

/** Makes a strategy, or gives one another name. */
export function StrategyDialog({
  instrumentId,
  strategy,
  trigger,
  refresh,
}: {
  instrumentId: string;
  /** Null: a new one. */
  strategy: (Called & { id: string }) | null;
  trigger: ReactNode;
  refresh: () => void;
}) {
  const trpc = useTRPC();
  const [open, setOpen] = useState(false);
  const done = () => {
    setOpen(false);
    refresh();
  };
  const make = useMutation(trpc.triggers.makeStrategy.mutationOptions({ onSuccess: done }));
  const change = useMutation(trpc.triggers.changeStrategy.mutationOptions({ onSuccess: done }));
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        make.reset();
        change.reset();
      }}
    >
      <DialogTrigger asChild>{trigger}</DialogTrigger>
      <DialogContent
        title={strategy ? `Rename ${strategy.name}` : 'New strategy'}
        description={strategy ? undefined : 'A named set of triggers, which experiments choose.'}
      >
        <StrategyForm
          before={strategy ?? { name: '', description: '' }}
          error={make.error ?? change.error}
          busy={make.isPending || change.isPending}
          action={strategy ? 'Save' : 'Make strategy'}
          onSave={(called) =>
            strategy
              ? change.mutate({ strategyId: strategy.id, ...called })
              : make.mutate({ instrumentId, ...called })
          }
        />
      </DialogContent>
    </Dialog>
  );
}
