'use client';
import { useRouter } from 'next/navigation';
import { useRef, useState } from 'react';
import { copyText } from '#src/components/copy-text.ts';
import { Button } from '#src/components/ui/button.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useKeys } from '#src/features/shell/index.ts';
import type { FolderEntry } from '#src/server/domain/files/files.service.ts';
import { type ExperimentState, FOLDERS } from '#src/shared/model/states.ts';
import type { Role } from '#src/shared/permissions/permission-table.ts';
import { Breadcrumbs } from './breadcrumbs.tsx';
import { ClashDialog } from './clash-dialog.tsx';
import { DatasetPanel } from './dataset-panel.tsx';
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
  const [moved, setMoved] = useState<{ where: string; index: number } | null>(null);
  const [isGetting, setGetting] = useState(false);
  const putting = usePutFiles(experimentId);
  const fault = putFault({ path, code, roles, state });
  const fileInput = useRef<HTMLInputElement>(null);
  const searchBox = useRef<HTMLInputElement>(null);
  const folder = useFolder(experimentId, path, { order, falls, search, choice, enabled: !all });
  const found = useFileSearch(experimentId, { search, choice, enabled: all });
  const isPlainTop = path === '' && !isNarrowed && order === 'name' && !falls;
  const listed = isPlainTop ? withTopFolders(folder.entries) : folder.entries;
  const entries: readonly FolderEntry[] = all ? found.rows : listed;
  const picked = usePicked(where);
  const current = moved?.where === where ? moved.index : entries.findIndex((entry) => keyOf(entry) === sel);

  const go = (to: string) => void setPlace({ path: to, sel: null, q: null, all: null, type: null });
  const view = (datasetId: string) => router.push(`/experiments/${code}/datasets/${datasetId}/frames/1`);
  const select = (entry: FolderEntry, index: number) => {
    setMoved({ where, index });
    void setPlace({ sel: entry.kind === 'folder' ? null : keyOf(entry) }, { history: 'replace' });
  };
  const open = (entry: FolderEntry, index: number) => {
    if (entry.kind === 'folder') go(entry.path);
    else if (entry.kind === 'dataset') view(entry.datasetId);
    else if (isMaster(entry) && entry.datasetId) view(entry.datasetId);
    else select(entry, index);
  };
  const move = (index: number) => {
    const entry = entries[index];
    if (entry) select(entry, index);
  };
  const here = entries[current];
  useKeys('Files', [
    { keys: '/', does: 'Search', run: () => searchBox.current?.focus() },
    { keys: 'ArrowDown', does: 'Next entry', run: () => move(Math.min(current + 1, entries.length - 1)) },
    { keys: 'ArrowUp', does: 'Previous entry', run: () => move(Math.max(current - 1, 0)) },
    { keys: 'Enter', does: 'Open folder or viewer', run: () => here && open(here, current) },
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
          />
        </FilesToolbar>
        <div className="min-h-48 flex-1">
          <EntryList
            code={code}
            entries={entries}
            pages={all ? found : folder}
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
