'use client';
import { useRouter } from 'next/navigation';
import { useMemo, useRef, useState } from 'react';
import { copyText } from '#src/components/copy-text.ts';
import { Button } from '#src/components/ui/button.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useKeys } from '#src/features/shell/index.ts';
import type { FolderEntry } from '#src/server/domain/files/files.service.ts';
import { type ExperimentState, FOLDERS } from '#src/shared/model/states.ts';
import { allows, type Role } from '#src/shared/permissions/permission-table.ts';
import { Breadcrumbs } from './breadcrumbs.tsx';
import { ChangeDialogs } from './change-dialogs.tsx';
import { type Change, changeFault } from './changes.ts';
import { ClashDialog } from './clash-dialog.tsx';
import { DatasetPanel } from './dataset-panel.tsx';
import { Deletions } from './deletion-dialogs.tsx';
import { DropZone } from './drop-zone.tsx';
import { EntryList } from './entry-list.tsx';
import { filesHref, isMaster } from './file-kinds.ts';
import { FilePanel } from './file-panel.tsx';
import { FilesToolbar } from './files-toolbar.tsx';
import { FolderFacts } from './folder-facts.tsx';
import { FolderTree } from './folder-tree.tsx';
import { GetFiles } from './get-files.tsx';
import { keyOf } from './picked.ts';
import { putFault } from './put-fault.ts';
import { PutMenu } from './put-menu.tsx';
import { UploadPanel } from './upload-panel.tsx';
import { useFileSearch } from './use-file-search.ts';
import { useFilesPlace } from './use-files-place.ts';
import { useFolder } from './use-folder.ts';
import { usePicked } from './use-picked.ts';
import { usePutFiles } from './use-put-files.ts';
import { useSettled } from './use-settled.ts';

/** Between letters of somebody who types. */
const TYPING_MS = 150;

/** At the top the five folders stand even while they are empty. */
function withTopFolders(entries: readonly FolderEntry[]): FolderEntry[] {
  const known = new Map(entries.map((entry) => [entry.name, entry]));
  return FOLDERS.map(
    (name) =>
      known.get(name) ?? { ...{ kind: 'folder', name, path: name }, files: 0, sizeBytes: 0, changedAt: null },
  );
}

/** Tree, list, details. Path, search, order and selection live in the address, so that a link reproduces what the sender saw. */
export function FileBrowser({
  experimentId,
  instrumentId,
  code,
  roles,
  state,
}: {
  experimentId: string;
  instrumentId: string;
  code: string;
  roles: readonly Role[];
  state: ExperimentState;
}) {
  const router = useRouter();
  const files = useFilesPlace();
  const { place, setPlace, order, falls, isNarrowed } = files;
  const { path, sel, all, type: choice } = place;
  const search = useSettled(place.q, TYPING_MS);
  const where = JSON.stringify([path, search, all, choice, order, falls]);
  const [stood, setStood] = useState<{ where: string; key: string } | null>(null);
  const [isGetting, setGetting] = useState(false);
  const putting = usePutFiles(experimentId);
  const fault = putFault({ path, code, roles, state });
  const [change, setChange] = useState<Change | null>(null);
  const fileInput = useRef<HTMLInputElement>(null);
  const searchBox = useRef<HTMLInputElement>(null);
  const folder = useFolder(experimentId, path, { order, falls, search, choice, enabled: !all });
  const found = useFileSearch(experimentId, { search, choice, enabled: all });
  const isPlainTop = path === '' && !isNarrowed && order === 'name' && !falls;
  const listed = isPlainTop ? withTopFolders(folder.entries) : folder.entries;
  const entries: readonly FolderEntry[] = all ? found.rows : listed;
  const picked = usePicked(where);
  // By its key: rows that arrive before it must not put another one in its place.
  const standing = stood?.where === where ? stood.key : sel;
  const current = useMemo(
    () => (standing === null ? -1 : entries.findIndex((entry) => keyOf(entry) === standing)),
    [entries, standing],
  );

  const go = (to: string) => void setPlace({ path: to, sel: null, q: null, all: null, type: null });
  const view = (datasetId: string) => router.push(`/experiments/${code}/datasets/${datasetId}/frames/1`);
  const select = (entry: FolderEntry) => {
    setStood({ where, key: keyOf(entry) });
    void setPlace({ sel: entry.kind === 'folder' ? null : keyOf(entry) }, { history: 'replace' });
  };
  const open = (entry: FolderEntry) => {
    if (entry.kind === 'folder') go(entry.path);
    else if (entry.kind === 'dataset') view(entry.datasetId);
    else if (isMaster(entry) && entry.datasetId) view(entry.datasetId);
    else select(entry);
  };
  const move = (index: number) => {
    const entry = entries[index];
    if (entry) select(entry);
  };
  const here = entries[current];
  /** Ticked entries, else the one that is stood on. */
  const chosen = picked.entries.size > 0 ? [...picked.entries.values()] : here ? [here] : [];
  const ask = (made: () => Change, kind: Change['kind']) => {
    const why = fault ?? (kind === 'make' ? null : changeFault(chosen, kind));
    if (why !== null) toast.failed(why);
    else setChange(made());
  };
  const changes = {
    make: () => ask(() => ({ kind: 'make', parent: path }), 'make'),
    rename: () => {
      if (chosen.length > 1) toast.failed('Tick one entry: each has its own name.');
      else ask(() => ({ kind: 'rename', entry: chosen[0]! }), 'rename');
    },
    move: () => ask(() => ({ kind: 'move', entries: chosen }), 'move'),
    remove: () => {
      if (!allows('file.askDeletion', roles)) toast.failed('Members of the experiment may ask for deletion.');
      else ask(() => ({ kind: 'delete', entries: chosen }), 'delete');
    },
  };
  useKeys('Files', [
    { keys: '/', does: 'Search', run: () => searchBox.current?.focus() },
    { keys: 'ArrowDown', does: 'Next entry', run: () => move(Math.min(current + 1, entries.length - 1)) },
    { keys: 'ArrowUp', does: 'Previous entry', run: () => move(Math.max(current - 1, 0)) },
    { keys: 'Enter', does: 'Open folder or viewer', run: () => here && open(here) },
    {
      keys: 'Backspace',
      does: 'Folder above',
      run: () => go(path.includes('/') ? path.replace(/\/[^/]*$/, '') : ''),
    },
    {
      keys: 'x',
      does: 'Tick or untick the entry',
      run: () => here && picked.pick([here], !picked.entries.has(keyOf(here))),
    },
    { keys: 'd', does: 'Download what is ticked, or all', run: () => setGetting(true) },
    {
      keys: 'u',
      does: 'Upload files into this folder',
      run: () => (fault === null ? fileInput.current?.click() : toast.failed(fault)),
    },
    { keys: 'n', does: 'New folder', run: changes.make },
    { keys: 'F2', does: 'Rename', run: changes.rename },
    { keys: 'm', does: 'Move to another folder', run: changes.move },
    { keys: 'Delete', does: 'Ask for deletion', run: changes.remove },
    {
      keys: 'c',
      does: 'Copy the path',
      run: () => void copyText([code, here?.path ?? path].filter(Boolean).join('/'), 'the path'),
    },
    {
      keys: 'l',
      does: 'Copy a link',
      run: () =>
        void copyText(window.location.origin + filesHref(code, here ?? { kind: 'folder', path }), 'the link'),
    },
    { keys: 'Escape', does: 'Close the details', run: () => void setPlace({ sel: null }) },
  ]);

  const close = () => void setPlace({ sel: null });
  return (
    <div className="flex h-full min-h-0">
      <aside className="w-52 shrink-0 overflow-y-auto border-r p-2 max-md:hidden">
        <FolderTree experimentId={experimentId} current={path} onChoose={go} />
      </aside>
      <DropZone folder={path} fault={fault} onFiles={putting.put}>
        <div className="flex h-9 items-center border-b px-2">
          <Breadcrumbs code={code} path={path} onChoose={go} />
          <span className="ml-auto" />
          {folder.unseen > 0 && (
            <Button size="sm" onClick={folder.showUnseen}>
              {folder.unseen} {folder.unseen === 1 ? 'change' : 'changes'}: show
            </Button>
          )}
          <Deletions experimentId={experimentId} roles={roles} />
          <FolderFacts experimentId={experimentId} path={path} />
        </div>
        <FilesToolbar
          files={files}
          searchBox={searchBox}
          picked={picked.entries.size}
          onUnpick={picked.clear}
          onDownload={() => setGetting(true)}
        >
          <PutMenu
            folder={path}
            fault={fault}
            isBusy={putting.isChecking}
            fileInput={fileInput}
            onFiles={putting.put}
            change={changes}
          />
        </FilesToolbar>
        <div className="min-h-48 flex-1">
          <EntryList
            code={code}
            entries={entries}
            pages={all ? found : folder}
            isMade={!all && folder.isMade}
            files={files}
            examined={all ? found.examined : null}
            current={current}
            picked={new Set(picked.entries.keys())}
            onPick={picked.pick}
            onCurrent={move}
            onSelect={select}
            onOpen={open}
            onTop={() => go('')}
          />
        </div>
        <UploadPanel experimentId={experimentId} />
      </DropZone>
      {sel && (
        <aside
          aria-label="Details"
          className="w-96 shrink-0 overflow-y-auto border-l bg-surface max-lg:fixed max-lg:inset-x-0 max-lg:bottom-0 max-lg:z-30 max-lg:max-h-[70dvh] max-lg:w-auto max-lg:rounded-t-xl max-lg:border max-lg:shadow-2xl"
        >
          {sel.startsWith('d:') ? (
            <DatasetPanel datasetId={sel.slice(2)} instrumentId={instrumentId} code={code} onClose={close} />
          ) : (
            <FilePanel key={sel} fileId={sel.slice(2)} code={code} onClose={close} />
          )}
        </aside>
      )}
      <ChangeDialogs
        experimentId={experimentId}
        change={change}
        onClose={() => {
          setChange(null);
          picked.clear();
        }}
      />
      <ClashDialog clash={putting.clash} onAnswer={putting.answer} />
      <GetFiles
        experimentId={experimentId}
        code={code}
        entries={
          picked.entries.size > 0
            ? [...picked.entries.values()]
            : path === ''
              ? []
              : [{ ...{ kind: 'folder', name: path, path }, files: 0, sizeBytes: 0, changedAt: null }]
        }
        open={isGetting}
        onOpenChange={setGetting}
      />
    </div>
  );
}
