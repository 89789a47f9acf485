'use client';
import { Braces, File, FileBox, FileText, Folder, Image, Layers, type LucideIcon } from 'lucide-react';
import { exactBytes, formatBytes } from '#src/components/format.ts';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Badge } from '#src/components/ui/badge.tsx';
import type { FolderEntry } from '#src/server/domain/files/files.service.ts';
import { frameWords } from '#src/shared/model/frame-words.ts';
import { datasetOfMaster, isMaster, type PreviewKind, previewKind } from './file-kinds.ts';

const COLUMNS =
  'grid items-center gap-x-3 px-3 grid-cols-[1rem_minmax(0,1fr)_auto] sm:grid-cols-[1rem_minmax(0,1fr)_7rem_5.5rem_6rem]';

const KIND_ICONS: Readonly<Record<PreviewKind, LucideIcon>> = {
  text: FileText,
  json: Braces,
  image: Image,
  none: File,
};

function iconOf(entry: FolderEntry): LucideIcon {
  if (entry.kind === 'folder') return Folder;
  if (entry.kind === 'dataset') return Layers;
  if (isMaster(entry)) return FileBox;
  return KIND_ICONS[previewKind(entry.name)];
}

export function EntryHead() {
  return (
    <div className={`${COLUMNS} h-8 text-ink-faint text-xs max-sm:hidden`}>
      <span />
      <span>Name</span>
      <span>Frames</span>
      <span className="text-right">Size</span>
      <span className="text-right">When</span>
    </div>
  );
}

/** One row; its name is what opens it (a folder, the viewer), the rest of the row selects. */
export function EntryRow({
  entry,
  onSelect,
  onOpen,
}: {
  entry: FolderEntry;
  onSelect: () => void;
  onOpen: () => void;
}) {
  const Icon = iconOf(entry);
  const frames = entry.kind === 'dataset' ? frameWords({ ...entry, framesReceived: null }) : null;
  const dataset = entry.kind === 'file' ? datasetOfMaster(entry) : null;
  const size = entry.kind === 'folder' ? null : entry.sizeBytes;
  const at = entry.kind === 'dataset' ? entry.startedAt : entry.kind === 'file' ? entry.committedAt : null;
  return (
    // The keys of the list do for the keyboard what a click on the row does for the mouse.
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    // biome-ignore lint/a11y/noStaticElementInteractions: see above
    <div
      className={`${COLUMNS} h-full cursor-default hover:bg-hover`}
      onClick={onSelect}
      onDoubleClick={onOpen}
    >
      <Icon
        className={entry.kind === 'dataset' ? 'size-4 text-accent' : 'size-4 text-ink-faint'}
        aria-hidden
      />
      <span className="flex min-w-0">
        <button
          type="button"
          tabIndex={-1}
          title={entry.name}
          className="truncate text-left font-mono text-sm hover:underline"
          onClick={(event) => {
            event.stopPropagation();
            onOpen();
          }}
        >
          {entry.name}
        </button>
      </span>
      <span className="justify-self-start max-sm:justify-self-end">
        {frames && (
          <Badge tone={frames.tone} title={frames.sentence}>
            {frames.badge}
          </Badge>
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
        {at ? <RelativeTime at={at} /> : '—'}
      </span>
    </div>
  );
}
