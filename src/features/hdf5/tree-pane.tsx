'use client';
import {
  ChevronDown,
  ChevronRight,
  CornerUpRight,
  File,
  Folder,
  Grid3x3,
  type LucideIcon,
  Shapes,
  Unlink,
} from 'lucide-react';
import { useEffect, useMemo } from 'react';
import { useStore } from 'zustand';
import { cn } from '#src/components/class-names.ts';
import { VirtualList } from '#src/components/ui/virtual-list.tsx';
import { useKeys } from '#src/features/shell/index.ts';
import { useHdf5 } from './hdf5-context.tsx';
import type { NodeRow } from './nodes.ts';
import { mayOpen, type TreeLine, treeLines } from './tree-model.ts';

const ROW_HEIGHT = 26;

const ICONS: Record<NodeRow['kind'], LucideIcon> = {
  ...{ group: Folder, dataset: Grid3x3, type: Shapes, elsewhere: CornerUpRight, missing: Unlink },
};
const KIND_WORDS: Record<NodeRow['kind'], string> = {
  group: 'group',
  dataset: 'dataset',
  type: 'named type',
  elsewhere: 'link into another file',
  missing: 'link that leads nowhere',
};

/** What stands behind the name: the class of a group, the shape of a dataset, where a link leads. */
function facts(row: NodeRow): string {
  if (row.sameAs !== null) return `same as ${row.sameAs}`;
  if (row.kind === 'dataset') {
    const shape = row.shape?.length ? row.shape.join(' × ') : row.shape ? '' : 'empty';
    return [shape, row.type].filter(Boolean).join(' ');
  }
  if (row.link.kind === 'external') return row.link.file;
  if (row.kind === 'missing') return row.link.kind === 'soft' ? `no ${row.link.target}` : 'damaged';
  return row.nxClass ?? '';
}

function Node({
  line,
  isCurrent,
  onChoose,
  onToggle,
}: {
  line: Extract<TreeLine, { kind: 'node' }>;
  isCurrent: boolean;
  onChoose: () => void;
  onToggle: () => void;
}) {
  const { tree } = useHdf5();
  const { row, depth } = line;
  const isRoot = line.parent === '';
  const isUnknown = row === null && !isRoot;
  useEffect(() => {
    if (isUnknown) tree.getState().want(line.parent, line.index);
  }, [tree, isUnknown, line.parent, line.index]);
  const Icon = row ? ICONS[row.kind] : File;
  const Chevron = line.isOpen ? ChevronDown : ChevronRight;
  return (
    <div className="flex h-full items-center pr-2" style={{ paddingLeft: depth * 14 + 4 }}>
      {mayOpen(row) ? (
        <button
          type="button"
          tabIndex={-1}
          aria-label={line.isOpen ? `Close ${line.name}` : `Open ${line.name}`}
          aria-expanded={line.isOpen}
          onClick={onToggle}
          className="grid size-5 shrink-0 place-items-center rounded-sm text-ink-faint hover:bg-hover"
        >
          <Chevron className="size-3.5" aria-hidden />
        </button>
      ) : (
        <span className="size-5 shrink-0" />
      )}
      <button
        type="button"
        tabIndex={-1}
        aria-current={isCurrent || undefined}
        onClick={onChoose}
        title={row ? `${line.path}: ${KIND_WORDS[row.kind]}` : line.path}
        className="flex h-full min-w-0 flex-1 items-center gap-1.5 text-left"
      >
        <Icon
          className={cn('size-3.5 shrink-0 text-ink-faint', row?.kind === 'missing' && 'text-warn')}
          role={row ? 'img' : undefined}
          aria-label={row ? KIND_WORDS[row.kind] : undefined}
          aria-hidden={row ? undefined : true}
        />
        <span className="shrink-0 font-mono text-xs">{line.name}</span>
        {row && row.link.kind !== 'hard' && <span className="shrink-0 text-2xs text-ink-faint">link</span>}
        {row && (
          <span
            className={cn(
              'ml-auto min-w-0 truncate pl-1 font-mono text-2xs text-ink-faint',
              isCurrent && 'text-ink-soft',
            )}
          >
            {facts(row)}
          </span>
        )}
      </button>
    </div>
  );
}

const lineKey = (line: TreeLine) => line.path;

/** Groups, datasets and links, looked into as they come into sight. */
export function TreePane({
  fileName,
  at,
  onGo,
}: {
  fileName: string;
  at: string;
  onGo: (path: string) => void;
}) {
  const { tree } = useHdf5();
  const listings = useStore(tree, (state) => state.listings);
  const open = useStore(tree, (state) => state.open);
  useEffect(() => tree.getState().show(at), [tree, at]);
  const lines = useMemo(() => treeLines(listings, open, fileName), [listings, open, fileName]);
  const current = lines.findIndex((line) => line.kind === 'node' && line.path === at);
  const here = lines[current];
  const toggle = (line: TreeLine | undefined, isOpen: boolean) => {
    if (line?.kind === 'node' && mayOpen(line.row)) tree.getState().toggle(line.path, isOpen);
  };
  const move = (by: 1 | -1) => {
    let to = current + by;
    while (lines[to]?.kind === 'note') to += by;
    const line = lines[to];
    if (line) onGo(line.path);
  };
  useKeys('HDF5 tree', [
    { keys: 'ArrowDown', does: 'Next node', run: () => move(1) },
    { keys: 'ArrowUp', does: 'Previous node', run: () => move(-1) },
    { keys: 'ArrowRight', does: 'Open the group', run: () => toggle(here, true) },
    {
      keys: 'ArrowLeft',
      does: 'Close the group, or go to the one above',
      run: () => {
        if (here?.kind !== 'node') return;
        if (here.isOpen && here.parent !== '') toggle(here, false);
        else if (here.parent !== '') onGo(here.parent);
      },
    },
  ]);
  return (
    <VirtualList
      label="Nodes of the file"
      rows={lines}
      rowHeight={ROW_HEIGHT}
      rowKey={lineKey}
      currentIndex={current}
      className="[&_[role=listitem]]:border-b-0"
    >
      {(line) =>
        line.kind === 'note' ? (
          <p
            className={cn('truncate leading-6 text-ink-faint text-xs', line.isFault && 'text-warn')}
            style={{ paddingLeft: line.depth * 14 + 28 }}
            title={line.text}
          >
            {line.text}
          </p>
        ) : (
          <Node
            line={line}
            isCurrent={line.path === at}
            onChoose={() => {
              toggle(line, true);
              onGo(line.path);
            }}
            onToggle={() => toggle(line, !line.isOpen)}
          />
        )
      }
    </VirtualList>
  );
}
