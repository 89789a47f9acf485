'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Monitor } from 'lucide-react';
import { useState } from 'react';
import { sentenceOf } from '#src/components/app-error-of.ts';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { CopyButton } from '#src/components/ui/copy-button.tsx';
import { Dialog, DialogContent, DialogTrigger } from '#src/components/ui/dialog.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { useTRPC } from '#src/features/shell/index.ts';

type Instrument = { id: string; slug: string; name: string };

const addressOf = ({ slug }: Instrument, key: string) =>
  `${window.location.origin}/instruments/${encodeURIComponent(slug)}/wall#key=${key}`;

/** The address with its key, which can be had here and now only. */
function Made({ instrument, name, made }: { instrument: Instrument; name: string; made: string }) {
  const address = addressOf(instrument, made);
  return (
    <div className="grid gap-1.5 rounded-md border border-ok/30 bg-ok/8 p-2.5">
      <p className="text-sm">
        Open this address on the screen “{name}”. It is shown <strong>only now</strong>; whoever has it sees
        what the screen shows, until it is revoked.
      </p>
      <div className="flex items-center gap-2 rounded-md border bg-surface px-2.5 py-1.5">
        <code className="min-w-0 break-all font-mono text-xs">{address}</code>
        <CopyButton text={address} what="the address" className="ml-auto shrink-0" />
      </div>
    </div>
  );
}

function NewLink({ instrument, refresh }: { instrument: Instrument; refresh: () => void }) {
  const trpc = useTRPC();
  const [name, setName] = useState('');
  const make = useMutation(
    trpc.cockpit.makeDisplayLink.mutationOptions({
      onSuccess: () => {
        setName('');
        refresh();
      },
    }),
  );
  return (
    <>
      <form
        className="flex flex-wrap items-start gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate({ instrumentId: instrument.id, name: name.trim() });
        }}
      >
        <Field
          label="A link for another screen"
          hint="Where the screen hangs. Nobody needs to be signed in at it."
          fault={make.isError ? sentenceOf(make.error) : undefined}
          className="min-w-48 flex-1"
        >
          {(props) => (
            <Input
              {...props}
              required
              maxLength={80}
              autoComplete="off"
              placeholder="Control room"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
        <Button type="submit" className="mt-6" busy={make.isPending}>
          Make link
        </Button>
      </form>
      {make.data && <Made instrument={instrument} name={make.variables.name} made={make.data.key} />}
    </>
  );
}

function Links({ instrument }: { instrument: Instrument }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const links = useQuery(trpc.cockpit.displayLinks.queryOptions({ instrumentId: instrument.id }));
  const refresh = () => void queries.invalidateQueries(trpc.cockpit.displayLinks.queryFilter());
  const revoke = useMutation(trpc.cockpit.revokeDisplayLink.mutationOptions({ onSettled: refresh }));
  return (
    <>
      <NewLink instrument={instrument} refresh={refresh} />
      {links.isPending && <SkeletonRows rows={1} />}
      {links.isError && !links.data && <ErrorState error={links.error} retry={() => void links.refetch()} />}
      {links.data && links.data.length > 0 && (
        <ul aria-label="Display links" className="divide-y rounded-md border">
          {links.data.map(({ displayLinkId, name, createdAt, createdByName, lastUsedAt }) => (
            <li key={displayLinkId} className="flex flex-wrap items-center gap-x-3 px-3 py-2">
              <div className="min-w-0 flex-1">
                <p className="wrap-anywhere font-medium text-sm">{name}</p>
                <p className="text-ink-faint text-xs">
                  made <RelativeTime at={createdAt} />
                  {createdByName && ` by ${createdByName}`},{' '}
                  {lastUsedAt ? (
                    <>
                      last shown <RelativeTime at={lastUsedAt} />
                    </>
                  ) : (
                    'not opened yet'
                  )}
                </p>
              </div>
              <ConfirmDialog
                title={`Revoke the link of “${name}”?`}
                action="Revoke"
                onConfirm={() => revoke.mutateAsync({ displayLinkId })}
                trigger={
                  <Button look="quiet" size="sm" aria-label={`Revoke the link of ${name}`}>
                    Revoke
                  </Button>
                }
              >
                Its screen shows nothing more within seconds.
              </ConfirmDialog>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Opens the wall display, and keeps the links of screens that show it. For staff. */
export function WallDialog({ instrument }: { instrument: Instrument }) {
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button look="quiet" size="icon" aria-label="Wall display" title="Wall display">
          <Monitor aria-hidden />
        </Button>
      </DialogTrigger>
      <DialogContent
        title={`Wall display of ${instrument.name}`}
        description="States, counts, rates and alarms, large enough for a screen on a wall. Of proprietary experiments it names nothing: no code, title, person, sample or file."
      >
        <Button asChild look="primary" className="justify-self-start">
          <a
            href={`/instruments/${encodeURIComponent(instrument.slug)}/wall`}
            target="_blank"
            rel="noreferrer"
          >
            Open it here
          </a>
        </Button>
        <Links instrument={instrument} />
      </DialogContent>
    </Dialog>
  );
}
