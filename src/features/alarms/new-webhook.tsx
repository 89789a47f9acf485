'use client';
import { useMutation } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { fieldFaultsOf } from '#src/components/app-error-of.ts';
import { MadeOnceDialog } from '#src/components/made-once-dialog.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { CopyButton } from '#src/components/ui/copy-button.tsx';
import { DialogClose, DialogFooter, SubmitFooter } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { useTRPC } from '#src/features/shell/index.ts';

function SecretMade({ secret }: { secret: string }) {
  return (
    <>
      <p className="text-ink-soft text-sm">
        By this secret its receiver checks that a message is ours. It is shown{' '}
        <strong className="text-ink">only now</strong>; for another one, remove the webhook and add it again.
      </p>
      <div className="flex items-center gap-2 rounded-md border bg-surface px-2.5 py-1.5">
        <code className="min-w-0 break-all font-mono text-sm">{secret}</code>
        <CopyButton text={secret} what="the secret" className="ml-auto shrink-0" />
      </div>
      <p className="text-sm">
        Every message has the header <code className="text-xs">Beamdeck-Signature: t=…,v1=…</code>: v1 is the
        HMAC-SHA-256 of <code className="text-xs">t.body</code> under the secret, hex. A chat program that
        only shows <code className="text-xs">text</code> needs no secret.
      </p>
      <DialogFooter>
        <DialogClose asChild>
          <Button look="primary">Done</Button>
        </DialogClose>
      </DialogFooter>
    </>
  );
}

/** Adds an address to which alarms of the instrument are posted, and shows its secret once. */
export function NewWebhook({ instrumentId, refresh }: { instrumentId: string; refresh: () => void }) {
  const trpc = useTRPC();
  const [open, setOpen] = useState(false);
  const [url, setUrl] = useState('');
  const add = useMutation(trpc.alarms.addWebhook.mutationOptions({ onSuccess: refresh }));
  const fault = fieldFaultsOf(add.error).url;
  return (
    <MadeOnceDialog
      open={open}
      onOpen={setOpen}
      onClosed={() => {
        add.reset();
        setUrl('');
      }}
      trigger={
        <Button size="sm">
          <Plus aria-hidden /> Add a webhook
        </Button>
      }
      title={add.data ? 'Secret of the webhook' : 'Add a webhook'}
      isMade={add.data !== undefined}
    >
      {add.data ? (
        <SecretMade secret={add.data.secret} />
      ) : (
        <form
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            add.mutate({ instrumentId, url });
          }}
        >
          <Field
            label="Address"
            hint="https, on the public internet or in a network that the operator of Beamdeck permits; as an incoming webhook of Mattermost."
            fault={fault}
          >
            {(props) => (
              <Input
                {...props}
                type="url"
                required
                maxLength={2000}
                autoComplete="off"
                placeholder="https://chat.example.org/hooks/…"
                value={url}
                onChange={(event) => setUrl(event.currentTarget.value)}
              />
            )}
          </Field>
          <FormFault error={add.error} isTold={fault !== undefined} />
          <SubmitFooter busy={add.isPending}>Add it and show its secret</SubmitFooter>
        </form>
      )}
    </MadeOnceDialog>
  );
}
