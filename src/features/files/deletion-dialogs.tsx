'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { formatBytes, formatCount, formatDay } from '#src/components/format.ts';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Dialog, DialogContent, DialogTrigger, SubmitFooter } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Textarea } from '#src/components/ui/input.tsx';
import { Status, type Tone } from '#src/components/ui/status.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useLive, useProfile, useTRPC } from '#src/features/shell/index.ts';
import type { DeletionView } from '#src/server/domain/files/deletions.ts';
import type { FolderEntry } from '#src/server/domain/files/files.service.ts';
import { DELETION_GRACE_DAYS } from '#src/shared/model/deletion.ts';
import type { DeletionState } from '#src/shared/model/states.ts';
import { allows, type Role } from '#src/shared/permissions/permission-table.ts';
import { chosenOf } from './changes.ts';

const WORDS: Readonly<Record<DeletionState, { tone: Tone; words: string }>> = {
  asked: { tone: 'queued', words: 'waits for a Manager' },
  withdrawn: { tone: 'muted', words: 'taken back' },
  declined: { tone: 'muted', words: 'declined' },
  granted: { tone: 'warn', words: 'granted' },
  kept: { tone: 'ok', words: 'kept after all' },
  done: { tone: 'muted', words: 'deleted' },
};

/** Asks for the deletion of what is chosen. Nothing goes before a Manager has granted it, and not at once then. */
export function AskDeletion({
  experimentId,
  entries,
  onClose,
}: {
  experimentId: string;
  entries: readonly FolderEntry[];
  onClose: () => void;
}) {
  const trpc = useTRPC();
  const [reason, setReason] = useState('');
  const chosen = chosenOf(entries);
  const measured = useQuery(trpc.files.measure.queryOptions({ experimentId, datasetIds: [], ...chosen }));
  const ask = useMutation(
    trpc.deletions.ask.mutationOptions({
      onSuccess: () => {
        toast.done('Asked. A Manager of the experiment decides.');
        onClose();
      },
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate({ experimentId, ...chosen, reason });
  };
  return (
    <form className="grid grid-cols-1 gap-3" onSubmit={submit}>
      <p className="text-sm">
        {measured.data
          ? `${formatCount(measured.data.files)} ${measured.data.files === 1 ? 'file' : 'files'}, ${formatBytes(measured.data.sizeBytes)}.`
          : '…'}{' '}
        A Manager grants or declines it. What is granted stays for {DELETION_GRACE_DAYS} days more, in which
        it can still be kept; then it is gone for good, with its former versions.
      </p>
      <Field label="Why may it go?">
        {(props) => (
          <Textarea
            {...props}
            rows={3}
            maxLength={500}
            value={reason}
            onChange={(event) => {
              ask.reset();
              setReason(event.currentTarget.value);
            }}
          />
        )}
      </Field>
      <FormFault error={ask.error} />
      <SubmitFooter look="danger" busy={ask.isPending} disabled={reason.trim() === ''}>
        Ask for deletion
      </SubmitFooter>
    </form>
  );
}

function Request({ request, mayGrant, isOwn }: { request: DeletionView; mayGrant: boolean; isOwn: boolean }) {
  const trpc = useTRPC();
  const zone = useFacilityZone();
  const failed = (error: unknown) => toast.failed(error);
  const decide = useMutation(trpc.deletions.decide.mutationOptions({ onError: failed }));
  const keep = useMutation(trpc.deletions.keep.mutationOptions({ onError: failed }));
  const { id: deletionId, state, paths, files, filesGone } = request;
  const { tone, words } = WORDS[state];
  const stayed = state === 'done' ? files - (filesGone ?? 0) : 0;
  return (
    <li className="grid gap-1.5 px-3 py-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Status tone={tone}>
          {words}
          {state === 'granted' && request.goesAt && `: goes on ${formatDay(request.goesAt, zone)}`}
        </Status>
        <span className="text-ink-soft text-xs">
          {formatCount(files)} {files === 1 ? 'file' : 'files'}, {formatBytes(request.sizeBytes)}
        </span>
      </div>
      <ul className="text-xs">
        {paths.slice(0, 5).map((path) => (
          <li key={path} className="wrap-anywhere font-mono">
            {path}
          </li>
        ))}
        {paths.length > 5 && <li className="text-ink-soft">and {formatCount(paths.length - 5)} more</li>}
      </ul>
      <p className="wrap-anywhere text-sm">“{request.reason}”</p>
      <p className="text-ink-faint text-xs">
        {request.askedBy}, <RelativeTime at={request.askedAt} />
        {request.decidedBy && `; decided by ${request.decidedBy}`}
        {stayed > 0 && `; ${formatCount(stayed)} changed since and stayed`}
      </p>
      <div className="flex flex-wrap gap-2 empty:hidden">
        {state === 'asked' && mayGrant && (
          <>
            <Button
              look="danger"
              size="sm"
              busy={decide.isPending}
              onClick={() => decide.mutate({ deletionId, grant: true })}
            >
              Grant: goes in {DELETION_GRACE_DAYS} days
            </Button>
            <Button
              size="sm"
              disabled={decide.isPending}
              onClick={() => decide.mutate({ deletionId, grant: false })}
            >
              Decline
            </Button>
          </>
        )}
        {state === 'asked' && isOwn && (
          <Button look="quiet" size="sm" busy={keep.isPending} onClick={() => keep.mutate({ deletionId })}>
            Take back
          </Button>
        )}
        {state === 'granted' && mayGrant && (
          <Button size="sm" busy={keep.isPending} onClick={() => keep.mutate({ deletionId })}>
            Keep after all
          </Button>
        )}
      </div>
    </li>
  );
}

/** What was asked to be deleted, where somebody may see who asked; a button while something waits or is to go. */
export function Deletions({ experimentId, roles }: { experimentId: string; roles: readonly Role[] }) {
  const trpc = useTRPC();
  const { personId } = useProfile();
  const options = trpc.deletions.list.queryOptions(
    { experimentId },
    { enabled: allows('experiment.people', roles) },
  );
  const list = useQuery(options);
  useLive([`experiment:${experimentId}`], ({ kind }) => {
    if (kind === 'deletion.changed') void list.refetch();
  });
  const requests = list.data ?? [];
  const waiting = requests.filter(({ state }) => state === 'asked').length;
  const going = requests.filter(({ state }) => state === 'granted').length;
  if (requests.length === 0) return null;
  const words = [waiting > 0 ? `${waiting} to decide` : null, going > 0 ? `${going} to go` : null].filter(
    (part) => part !== null,
  );
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button look="quiet" size="sm">
          <Trash2 aria-hidden /> Deletions{words.length > 0 && `: ${words.join(', ')}`}
        </Button>
      </DialogTrigger>
      <DialogContent
        title="Deletions"
        description="Asked for by members, granted by Managers. Raw data never go this way."
      >
        <ul className="divide-y rounded-md border">
          {requests.map((request) => (
            <Request
              key={request.id}
              request={request}
              mayGrant={allows('file.grantDeletion', roles)}
              isOwn={request.askedById === personId}
            />
          ))}
        </ul>
      </DialogContent>
    </Dialog>
  );
}
