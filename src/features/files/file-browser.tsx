'use client';
import { FolderOpen, FolderX } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { parseAsString, useQueryStates } from 'nuqs';
import { useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { VirtualList } from '#src/components/ui/virtual-list.tsx';
import { useKeys } from '#src/features/shell/index.ts';
import type { FolderEntry } from '#src/server/domain/files/files.service.ts';
import { FOLDERS } from '#src/shared/model/states.ts';
import { Breadcrumbs } from './breadcrumbs.tsx';
import { DatasetPanel } from './dataset-panel.tsx';
import { EntryHead, EntryRow } from './entry-row.tsx';
import { isMaster, standsEmpty } from './file-kinds.ts';
import { FilePanel } from './file-panel.tsx';
import { FolderTree } from './folder-tree.tsx';
import { useFolder } from './use-folder.ts';

const ROW_HEIGHT = 36;

const EMPTY_WORDS: Readonly<Record<string, string>> = {
  raw: 'What the detectors measure while the experiment is active arrives here by itself.',
  processed: 'Jobs put their results here.',
  work: 'Room for intermediate files of people and sessions.',
  metadata: 'Descriptions that travel with the data.',
  auxiliary: 'Everything else that belongs to the experiment.',
};

/** `f:<id>` and `d:<id>`: what is selected, as it stands in the address. */
function keyOf(entry: FolderEntry): string {
  if (entry.kind === 'folder') return `p:${entry.path}`;
  return entry.kind === 'dataset' ? `d:${entry.datasetId}` : `f:${entry.fileId}`;
}

/** At the top the five folders stand even while they are empty. */
function withTopFolders(entries: readonly FolderEntry[], path: string): FolderEntry[] {
  if (path !== '') return [...entries];
  const known = new Map(entries.map((entry) => [entry.name, entry]));
  return FOLDERS.map((name) => known.get(name) ?? { kind: 'folder', name, path: name });
}

/** Tree, list, details. Path and selection live in the address, so that a link reproduces what the sender saw. */
export function FileBrowser({
  experimentId,
  instrumentId,
  code,
}: {
  experimentId: string;
  instrumentId: string;
  code: string;
}) {
  const router = useRouter();
  const [{ path, sel }, setPlace] = useQueryStates(
    { path: parseAsString.withDefault('raw'), sel: parseAsString },
    { history: 'push' },
  );
  const [moved, setMoved] = useState<{ path: string; index: number } | null>(null);
  const folder = useFolder(experimentId, path);
  const entries = withTopFolders(folder.entries, path);
  const selected = entries.findIndex((entry) => keyOf(entry) === sel);
  const current = moved?.path === path ? moved.index : selected;

  const go = (to: string) => void setPlace({ path: to, sel: null });
  const view = (datasetId: string) => router.push(`/experiments/${code}/datasets/${datasetId}/frames/1`);
  const select = (entry: FolderEntry, index: number) => {
    setMoved({ path, index });
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
  useKeys('Files', [
    { keys: 'ArrowDown', does: 'Next entry', run: () => move(Math.min(current + 1, entries.length - 1)) },
    { keys: 'ArrowUp', does: 'Previous entry', run: () => move(Math.max(current - 1, 0)) },
    {
      keys: 'Enter',
      does: 'Open folder or viewer',
      run: () => {
        const entry = entries[current];
        if (entry) open(entry, current);
      },
    },
    {
      keys: 'Backspace',
      does: 'Folder above',
      run: () => go(path.includes('/') ? path.replace(/\/[^/]*$/, '') : ''),
    },
    { keys: 'Escape', does: 'Close the details', run: () => void setPlace({ sel: null }) },
  ]);

  const list = () => {
    if (folder.isPending) return <SkeletonRows rows={10} />;
    if (!folder.data) return <ErrorState error={folder.error} retry={() => void folder.refetch()} />;
    if (entries.length === 0 && !standsEmpty(path)) {
      return (
        <EmptyState
          icon={FolderX}
          title="There is no such folder"
          action={<Button onClick={() => go('')}>Go to the top of {code}</Button>}
        >
          Nothing lies under <code className="break-all">{path}</code>. The address may be mistyped.
        </EmptyState>
      );
    }
    if (entries.length === 0) {
      return (
        <EmptyState icon={FolderOpen} title="This folder is empty">
          {EMPTY_WORDS[path.split('/')[0] ?? '']}
        </EmptyState>
      );
    }
    return (
      <VirtualList
        label={`Entries of ${path || code}`}
        rows={entries}
        rowHeight={ROW_HEIGHT}
        rowKey={keyOf}
        head={<EntryHead />}
        currentIndex={current}
        onCurrent={move}
        onOpen={open}
        onNearEnd={() => {
          if (folder.hasNextPage && !folder.isFetchingNextPage) void folder.fetchNextPage();
        }}
      >
        {(entry, { index }) => (
          <EntryRow entry={entry} onSelect={() => select(entry, index)} onOpen={() => open(entry, index)} />
        )}
      </VirtualList>
    );
  };

  const close = () => void setPlace({ sel: null });
  return (
    <div className="flex h-full min-h-0">
      <aside className="w-52 shrink-0 overflow-y-auto border-r p-2 max-md:hidden">
        <FolderTree experimentId={experimentId} current={path} onChoose={go} />
      </aside>
      <div className="flex min-w-0 flex-1 flex-col">
        <div className="flex h-9 items-center border-b px-2">
          <Breadcrumbs code={code} path={path} onChoose={go} />
          {folder.unseen > 0 && (
            <Button size="sm" className="ml-auto" onClick={folder.showUnseen}>
              {folder.unseen} {folder.unseen === 1 ? 'change' : 'changes'}: show
            </Button>
          )}
        </div>
        <div className="min-h-48 flex-1">{list()}</div>
      </div>
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
    </div>
  );
}
