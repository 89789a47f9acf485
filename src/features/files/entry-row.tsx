'use client';
import {
  ArrowDown,
  ArrowUp,
  Braces,
  File,
  FileArchive,
  FileBox,
  FileChartColumn,
  FileText,
  Folder,
  Image,
  Layers,
  type LucideIcon,
  Sparkles,
  Table2,
} from 'lucide-react';
import { cn } from '#src/components/class-names.ts';
import { exactBytes, formatBytes, formatCount } from '#src/components/format.ts';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Badge } from '#src/components/ui/badge.tsx';
import type { FolderEntry } from '#src/server/domain/files/files.service.ts';
import { type EntryOrder, type FileType, fileType } from '#src/shared/model/file-types.ts';
import { frameWords } from '#src/shared/model/frame-words.ts';
import { datasetOfMaster } from './file-kinds.ts';

const COLUMNS =
  'grid items-center gap-x-3 px-3 grid-cols-[1rem_1rem_minmax(0,1fr)_auto] sm:grid-cols-[1rem_1rem_minmax(0,1fr)_7rem_5.5rem_6rem]';

const TYPE_ICONS: Readonly<Record<FileType | 'other', LucideIcon>> = {
  ...{ hdf5: FileBox, frame: Image, picture: Image, table: Table2, text: FileText, json: Braces },
  ...{ report: FileChartColumn, reflections: Sparkles, archive: FileArchive, other: File },
};

function iconOf(entry: FolderEntry): LucideIcon {
  if (entry.kind === 'folder') return Folder;
  return entry.kind === 'dataset' ? Layers : TYPE_ICONS[fileType(entry.name)];
}

interface HeadProps {
  sorted: { order: EntryOrder; falls: boolean };
  onSort: (order: EntryOrder) => void;
}

function SortHead({
  order,
  label,
  sorted,
  onSort,
  className,
}: HeadProps & { order: EntryOrder; label: string; className?: string }) {
  const isSorted = sorted.order === order;
  const Arrow = sorted.falls ? ArrowDown : ArrowUp;
  return (
    <button
      type="button"
      aria-label={`Order by ${label.toLowerCase()}${isSorted ? (sorted.falls ? ', now falling' : ', now rising') : ''}`}
      className={cn('flex min-w-0 items-center gap-1 hover:text-ink', isSorted && 'text-ink', className)}
      onClick={() => onSort(order)}
    >
      {label}
      {isSorted && <Arrow className="size-3" aria-hidden />}
    </button>
  );
}

export function EntryHead({
  isAllPicked,
  onPickAll,
  ...sort
}: HeadProps & { isAllPicked: boolean; onPickAll: (on: boolean) => void }) {
  return (
    <div className={`${COLUMNS} h-8 text-ink-faint text-xs max-sm:hidden`}>
      <input
        type="checkbox"
        aria-label="Tick all that are listed"
        checked={isAllPicked}
        onChange={(event) => onPickAll(event.currentTarget.checked)}
      />
      <span />
      <span className="flex gap-4">
        <SortHead order="name" label="Name" {...sort} />
        <SortHead order="kind" label="Kind" {...sort} />
      </span>
      <span>Frames</span>
      <SortHead order="size" label="Size" className="justify-end" {...sort} />
      <SortHead order="time" label="When" className="justify-end" {...sort} />
    </div>
  );
}

/** One row; its name is what opens it (a folder, the viewer), the rest of the row selects. */
export function EntryRow({
  entry,
  isPicked,
  showsPath = false,
  onPick,
  onSelect,
  onOpen,
}: {
  entry: FolderEntry;
  isPicked: boolean;
  /** Of a search through many folders. */
  showsPath?: boolean;
  onPick: (on: boolean) => void;
  onSelect: () => void;
  onOpen: () => void;
}) {
  const Icon = iconOf(entry);
  const frames = entry.kind === 'dataset' ? frameWords({ ...entry, framesReceived: null }) : null;
  const dataset = entry.kind === 'file' ? datasetOfMaster(entry) : null;
  const size = entry.kind === 'folder' && entry.files === 0 ? null : entry.sizeBytes;
  const when =
    entry.kind === 'dataset' ? entry.startedAt : entry.kind === 'file' ? entry.committedAt : entry.changedAt;
  return (
    // The keys of the list do for the keyboard what a click on the row does for the mouse.
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    // biome-ignore lint/a11y/noStaticElementInteractions: see above
    <div
      className={`${COLUMNS} h-full cursor-default hover:bg-hover`}
      onClick={(event) => {
        if (!(event.target as Element).closest('label')) onSelect();
      }}
      onDoubleClick={onOpen}
    >
      {/* The area around the box ticks too: on a phone a finger is wider. */}
      <label className="-m-2 p-2">
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={`Tick ${entry.name}`}
          checked={isPicked}
          onChange={(event) => onPick(event.currentTarget.checked)}
          className="block"
        />
      </label>
      <Icon
        className={entry.kind === 'dataset' ? 'size-4 text-accent' : 'size-4 text-ink-faint'}
        aria-hidden
      />
      <span className="flex min-w-0">
        <button
          type="button"
          tabIndex={-1}
          title={showsPath ? entry.path : entry.name}
          className="truncate text-left font-mono text-sm hover:underline"
          onClick={(event) => {
            event.stopPropagation();
            onOpen();
          }}
        >
          {entry.name}
          {showsPath && (
            <span className="ml-3 text-ink-faint text-xs">{entry.path.replace(/\/?[^/]*$/, '')}</span>
          )}
        </button>
      </span>
      <span className="justify-self-start max-sm:justify-self-end">
        {frames && (
          <Badge tone={frames.tone} title={frames.sentence}>
            {frames.badge}
          </Badge>
        )}
        {entry.kind === 'folder' && entry.files > 0 && (
          <span className="text-ink-faint text-xs max-sm:hidden">
            {formatCount(entry.files)} {entry.files === 1 ? 'file' : 'files'}
          </span>
        )}
        {dataset !== null && (
          <span
            className="text-ink-faint text-xs max-sm:hidden"
            title={`Its size is counted in that of ${dataset} too.`}
          >
            in the dataset
          </span>
        )}
        {!frames && size !== null && (
          <span className="text-ink-soft text-xs sm:hidden">{formatBytes(size)}</span>
        )}
      </span>
      <span
        className="text-right text-ink-soft text-xs max-sm:hidden"
        title={size === null ? undefined : exactBytes(size)}
      >
        {size === null ? '—' : formatBytes(size)}
      </span>
      <span className="text-right text-ink-faint text-xs max-sm:hidden">
        {when ? <RelativeTime at={when} /> : '—'}
      </span>
    </div>
  );
}
