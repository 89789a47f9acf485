'use client';
import { FolderOpen, FolderX, Search } from 'lucide-react';
import { formatCount } from '#src/components/format.ts';
import { Button } from '#src/components/ui/button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { VirtualList } from '#src/components/ui/virtual-list.tsx';
import type { FolderEntry } from '#src/server/domain/files/files.service.ts';
import { EntryHead, EntryRow } from './entry-row.tsx';
import { standsEmpty } from './file-kinds.ts';
import { keyOf } from './picked.ts';
import { type FilesPlace, nextSort } from './use-files-place.ts';

const ROW_HEIGHT = 36;

const EMPTY_WORDS: Readonly<Record<string, string>> = {
  raw: 'What the detectors measure while the experiment is active arrives here by itself.',
  processed: 'Jobs put their results here.',
  work: 'Room for intermediate files of people and sessions.',
  metadata: 'Descriptions that travel with the data.',
  auxiliary: 'Everything else that belongs to the experiment.',
};

/** Pages of entries, of a folder or found by a search. */
export interface EntryPages {
  isPending: boolean;
  isError: boolean;
  error: unknown;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
  refetch: () => unknown;
}

interface Props {
  code: string;
  entries: readonly FolderEntry[];
  pages: EntryPages;
  /** Somebody made the folder: it is there though nothing lies in it. */
  isMade: boolean;
  files: FilesPlace;
  /** Files a search has looked at while it goes on. */
  examined: number | null;
  current: number;
  picked: ReadonlySet<string>;
  onPick: (entries: readonly FolderEntry[], on: boolean) => void;
  onCurrent: (index: number) => void;
  onSelect: (entry: FolderEntry, index: number) => void;
  onOpen: (entry: FolderEntry, index: number) => void;
  onTop: () => void;
}

/** Stands in place of the rows when there is none. */
function Nothing({
  code,
  files,
  isMade,
  examined,
  onTop,
}: Pick<Props, 'code' | 'files' | 'isMade' | 'examined' | 'onTop'>) {
  const { place, setPlace, isNarrowed } = files;
  if (examined !== null) return <p className="p-4 text-ink-soft text-sm">Searching …</p>;
  if (isNarrowed || place.all) {
    return (
      <EmptyState
        icon={Search}
        title={place.all ? `No file matches in ${code}` : 'Nothing in this folder matches'}
        action={
          place.all ? (
            <Button onClick={() => void setPlace({ q: null, type: null, all: null })}>Show the folder</Button>
          ) : (
            <Button onClick={() => void setPlace({ all: true })}>Search in all folders</Button>
          )
        }
      >
        Words may stand anywhere in a name. With * and ? the whole name is meant, with a slash the path:
        *.mtz, raw/*/run_1*.
      </EmptyState>
    );
  }
  if (isMade || standsEmpty(place.path)) {
    return (
      <EmptyState icon={FolderOpen} title="This folder is empty">
        {EMPTY_WORDS[place.path.split('/')[0] ?? '']}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={FolderX}
      title="There is no such folder"
      action={<Button onClick={onTop}>Go to the top of {code}</Button>}
    >
      Nothing lies under <code className="break-all">{place.path}</code>. The address may be mistyped.
    </EmptyState>
  );
}

/** The middle of the file browser: rows, virtual, in the order that is asked for. */
export function EntryList(props: Props) {
  const { code, entries, pages, files, examined, current, picked, onPick, onCurrent, onSelect, onOpen } =
    props;
  const { place, setPlace, order, falls } = files;
  if (pages.isPending) return <SkeletonRows rows={10} />;
  if (pages.isError && entries.length === 0)
    return <ErrorState error={pages.error} retry={() => void pages.refetch()} />;
  if (entries.length === 0) return <Nothing {...props} />;
  return (
    <div className="flex h-full min-h-0 flex-col">
      {/* Beside the list, which holds rows alone; both keep the room of its scroll bar. */}
      <div className="overflow-hidden border-b [scrollbar-gutter:stable]">
        <EntryHead
          sorted={place.all ? { order: 'name', falls: false } : { order, falls }}
          onSort={(by) => {
            if (!place.all) void setPlace({ sort: nextSort(by, { order, falls }) });
          }}
          isAllPicked={picked.size > 0 && entries.every((entry) => picked.has(keyOf(entry)))}
          onPickAll={(on) => onPick(entries, on)}
        />
      </div>
      <div className="min-h-0 flex-1">
        <VirtualList
          className="[scrollbar-gutter:stable]"
          label={place.all ? `Files found in ${code}` : `Entries of ${place.path || code}`}
          rows={entries}
          rowHeight={ROW_HEIGHT}
          rowKey={keyOf}
          currentIndex={current}
          onCurrent={onCurrent}
          onOpen={onOpen}
          onNearEnd={() => {
            if (pages.hasNextPage && !pages.isFetchingNextPage) void pages.fetchNextPage();
          }}
        >
          {(entry, { index }) => (
            <EntryRow
              entry={entry}
              showsPath={place.all}
              isPicked={picked.has(keyOf(entry))}
              onPick={(on) => onPick([entry], on)}
              onSelect={() => onSelect(entry, index)}
              onOpen={() => onOpen(entry, index)}
            />
          )}
        </VirtualList>
      </div>
      {examined !== null && (
        <p role="status" className="border-t px-3 py-1 text-ink-faint text-xs">
          {formatCount(entries.length)} found among the first {formatCount(examined)} files; the rest is
          searched as you scroll.
        </p>
      )}
    </div>
  );
}
