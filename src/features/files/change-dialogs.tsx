'use client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { formatCount } from '#src/components/format.ts';
import { Dialog, DialogContent, SubmitFooter } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { FolderEntry } from '#src/server/domain/files/files.service.ts';
import { type Change, chosenOf, folderOf, nameFaultOf } from './changes.ts';
import { AskDeletion } from './deletion-dialogs.tsx';
import { FolderTree } from './folder-tree.tsx';

interface Props {
  experimentId: string;
  onClose: () => void;
}

/** The list shows what was changed at once; others hear of it by live events. */
function useShowChange() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return () => {
    void queryClient.invalidateQueries(trpc.files.folder.pathFilter());
    // Its details name it too.
    void queryClient.invalidateQueries(trpc.files.get.pathFilter());
  };
}

function NameForm({
  label,
  action,
  initial,
  fixed,
  error,
  busy,
  onName,
  onType,
}: {
  label: string;
  action: string;
  initial: string;
  /** Where it lies, shown before the name. */
  fixed: string;
  error: unknown;
  busy: boolean;
  onName: (name: string) => void;
  onType: () => void;
}) {
  const [name, setName] = useState(initial);
  const fault = name === initial ? undefined : (nameFaultOf(fixed, name) ?? undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const trimmed = name.trim();
    if (trimmed !== '' && trimmed !== initial && fault === undefined) onName(trimmed);
  };
  return (
    <form className="grid gap-3" onSubmit={submit}>
      <Field label={label} hint={<span className="wrap-anywhere">in {fixed}</span>} fault={fault}>
        {(props) => (
          <Input
            {...props}
            value={name}
            maxLength={255}
            autoComplete="off"
            spellCheck={false}
            className="font-mono"
            onFocus={(event) => {
              // The ending of a file is seldom what is to be changed.
              const dot = initial.lastIndexOf('.');
              event.currentTarget.setSelectionRange(0, dot > 0 ? dot : initial.length);
            }}
            onChange={(event) => {
              onType();
              setName(event.currentTarget.value);
            }}
          />
        )}
      </Field>
      <FormFault error={error} />
      <SubmitFooter
        busy={busy}
        disabled={name.trim() === '' || name.trim() === initial || fault !== undefined}
      >
        {action}
      </SubmitFooter>
    </form>
  );
}

function NewFolder({ experimentId, onClose, parent }: Props & { parent: string }) {
  const trpc = useTRPC();
  const show = useShowChange();
  const make = useMutation(
    trpc.files.makeFolder.mutationOptions({
      onSuccess: ({ path }) => {
        show();
        toast.done(`Folder ${path} is made`);
        onClose();
      },
    }),
  );
  return (
    <NameForm
      label="Name of the folder"
      action="Make the folder"
      initial=""
      fixed={parent}
      error={make.error}
      busy={make.isPending}
      onType={make.reset}
      onName={(name) => make.mutate({ experimentId, path: `${parent}/${name}` })}
    />
  );
}

function useMove({ onClose }: Pick<Props, 'onClose'>, said: (files: number) => string) {
  const trpc = useTRPC();
  const show = useShowChange();
  return useMutation(
    trpc.files.move.mutationOptions({
      onSuccess: ({ files }) => {
        show();
        toast.done(said(files));
        onClose();
      },
    }),
  );
}

function Rename({ experimentId, onClose, entry }: Props & { entry: FolderEntry }) {
  const [name, setName] = useState(entry.name);
  const move = useMove({ onClose }, () => `${entry.name} is called ${name} now`);
  const to = folderOf(entry.path);
  return (
    <NameForm
      label="New name"
      action="Rename"
      initial={entry.name}
      fixed={to}
      error={move.error}
      busy={move.isPending}
      onType={move.reset}
      onName={(typed) => {
        setName(typed);
        move.mutate({ experimentId, ...chosenOf([entry]), to, name: typed });
      }}
    />
  );
}

function Move({ experimentId, onClose, entries }: Props & { entries: readonly FolderEntry[] }) {
  const [to, setTo] = useState(folderOf(entries[0]!.path));
  const move = useMove({ onClose }, (files) =>
    files === 1 ? `Moved to ${to}` : `${formatCount(files)} files moved to ${to}`,
  );
  const isHere = entries.every(({ path }) => folderOf(path) === to);
  const isRaw = to === 'raw' || to.startsWith('raw/');
  const isInItself = entries.some(
    ({ kind, path }) => kind === 'folder' && (to === path || to.startsWith(`${path}/`)),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    move.mutate({ experimentId, ...chosenOf(entries), to });
  };
  return (
    <form className="grid grid-cols-1 gap-3" onSubmit={submit}>
      <div className="max-h-64 overflow-y-auto rounded-md border p-1">
        <FolderTree
          experimentId={experimentId}
          current={to}
          onChoose={(path) => {
            move.reset();
            setTo(path);
          }}
        />
      </div>
      <p className="wrap-anywhere text-ink-soft text-sm">
        {isRaw
          ? 'Nothing is put among raw data. Choose another folder.'
          : isInItself
            ? 'A folder cannot lie in itself. Choose another one.'
            : isHere
              ? 'Choose the folder it goes to.'
              : `Goes to ${to}.`}
      </p>
      <FormFault error={move.error} />
      <SubmitFooter busy={move.isPending} disabled={isHere || isRaw || isInItself}>
        Move
      </SubmitFooter>
    </form>
  );
}

const isEmptyFolder = ([entry, ...others]: readonly FolderEntry[]) =>
  others.length === 0 && entry?.kind === 'folder' && entry.files === 0;

/** Of a folder with nothing in it: nobody has to be asked. */
function RemoveFolder({ experimentId, onClose, path }: Props & { path: string }) {
  const trpc = useTRPC();
  const show = useShowChange();
  const remove = useMutation(
    trpc.files.removeFolder.mutationOptions({
      onSuccess: () => {
        show();
        toast.done(`The empty folder ${path} is gone`);
        onClose();
      },
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    remove.mutate({ experimentId, path });
  };
  return (
    <form className="grid gap-3" onSubmit={submit}>
      <p className="text-sm">There is no file in it.</p>
      <FormFault error={remove.error} />
      <SubmitFooter look="danger" busy={remove.isPending}>
        Delete the empty folder
      </SubmitFooter>
    </form>
  );
}

/** What is being changed, if anything. */
export function ChangeDialogs({ change, ...props }: Props & { change: Change | null }) {
  const title = () => {
    if (change?.kind === 'make') return 'New folder';
    if (change?.kind === 'rename') return `Rename ${change.entry.name}`;
    const entries = change?.entries ?? [];
    const verb = change?.kind === 'delete' ? 'Delete' : 'Move';
    return `${verb} ${entries.length === 1 ? entries[0]!.name : `${formatCount(entries.length)} entries`}`;
  };
  return (
    <Dialog open={change !== null} onOpenChange={(open) => !open && props.onClose()}>
      <DialogContent title={<span className="wrap-anywhere">{title()}</span>}>
        {change?.kind === 'make' && <NewFolder {...props} parent={change.parent} />}
        {change?.kind === 'rename' && <Rename {...props} entry={change.entry} />}
        {change?.kind === 'delete' &&
          (isEmptyFolder(change.entries) ? (
            <RemoveFolder {...props} path={change.entries[0]!.path} />
          ) : (
            <AskDeletion {...props} entries={change.entries} />
          ))}
        {change?.kind === 'move' && <Move {...props} entries={change.entries} />}
      </DialogContent>
    </Dialog>
  );
}
