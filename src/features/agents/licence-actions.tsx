'use client';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { Dialog, DialogContent, DialogTrigger, SubmitFooter } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { LicensedAgent } from '#src/server/domain/agents/agent-view.ts';
import { LicenceMade } from './licence-made.tsx';
import { PROPOSED_FOLDERS, TermsFields, useTerms, validTerms } from './licence-terms.tsx';

interface ActionProps {
  agent: Pick<LicensedAgent, 'id' | 'kind' | 'name' | 'licence'>;
  refresh: () => void;
}

/** Another licence: for a new machine, other folders, or a later end. */
export function IssueLicence({ agent, refresh }: ActionProps) {
  const trpc = useTRPC();
  const [open, setOpen] = useState(false);
  const [terms, setTerms] = useTerms(agent.licence?.folders ?? PROPOSED_FOLDERS[agent.kind]);
  const issue = useMutation(trpc.agents.issueLicence.mutationOptions({ onSuccess: refresh }));
  const valid = validTerms(terms);
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        if (!next) issue.reset();
      }}
    >
      <DialogTrigger asChild>
        <Button size="sm">New licence</Button>
      </DialogTrigger>
      <DialogContent
        title={issue.data ? `Licence of ${agent.name}` : `New licence for ${agent.name}`}
        description={
          issue.data
            ? undefined
            : 'From now on only the new licence can be enrolled. The agent goes on as it is until it has enrolled with it.'
        }
        onInteractOutside={(event) => issue.data && event.preventDefault()}
      >
        {issue.data ? (
          <LicenceMade kind={agent.kind} licence={issue.data} />
        ) : (
          <form
            className="grid gap-3"
            onSubmit={(event) => {
              event.preventDefault();
              if (valid) issue.mutate({ agentId: agent.id, ...valid });
            }}
          >
            <TermsFields terms={terms} onTerms={setTerms} />
            <FormFault error={issue.error} />
            <SubmitFooter busy={issue.isPending} disabled={!valid}>
              Make the licence
            </SubmitFooter>
          </form>
        )}
      </DialogContent>
    </Dialog>
  );
}

/** Refuses the agent from now on, with a reason that its people read. */
export function RevokeLicence({ agent, refresh }: ActionProps) {
  const trpc = useTRPC();
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const revoke = useMutation(
    trpc.agents.revokeLicence.mutationOptions({
      onSuccess: () => {
        setOpen(false);
        toast.done(`The licence of ${agent.name} is revoked`);
      },
      onSettled: refresh,
    }),
  );
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        revoke.reset();
        setReason('');
      }}
    >
      <DialogTrigger asChild>
        <Button size="sm" look="danger">
          Revoke
        </Button>
      </DialogTrigger>
      <DialogContent
        title={`Revoke the licence of ${agent.name}?`}
        description={`${agent.name} uploads nothing from now on and keeps what it has${
          agent.kind === 'hub' ? '; when its buffer is full the detector waits' : ''
        }. You can take this back.`}
      >
        <form
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            revoke.mutate({ agentId: agent.id, reason: reason.trim() });
          }}
        >
          <Field label="Reason" hint={`Shown here and at the machine of ${agent.name}.`}>
            {(props) => (
              <Input
                {...props}
                required
                maxLength={300}
                value={reason}
                onChange={(event) => setReason(event.currentTarget.value)}
              />
            )}
          </Field>
          <FormFault error={revoke.error} />
          <SubmitFooter look="danger" busy={revoke.isPending} disabled={reason.trim() === ''}>
            Revoke the licence of {agent.name}
          </SubmitFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}

export function RestoreLicence({ agent, refresh }: ActionProps) {
  const trpc = useTRPC();
  const restore = useMutation(trpc.agents.restoreLicence.mutationOptions({ onSettled: refresh }));
  return (
    <ConfirmDialog
      trigger={<Button size="sm">Restore</Button>}
      title={`Restore the licence of ${agent.name}?`}
      action={`Restore the licence of ${agent.name}`}
      onConfirm={async () => {
        await restore.mutateAsync({ agentId: agent.id });
        toast.done(`The licence of ${agent.name} is valid again`);
      }}
    >
      {agent.name} goes on with the token it has, and sends what it kept meanwhile.
    </ConfirmDialog>
  );
}
