'use client';
import { useQuery } from '@tanstack/react-query';
import { ChevronDown, ChevronRight, Folder, FolderOpen } from 'lucide-react';
import { useState } from 'react';
import { cn } from '#src/components/class-names.ts';
import { useAskSoon } from '#src/components/use-ask-soon.ts';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import { FOLDERS } from '#src/shared/model/states.ts';
import { changesFolder, folderWithin } from './file-kinds.ts';

const TREE_PAGE = 500;
/** Files arrive several a second; a branch is asked for again at most this often, and only when one lies in a folder it does not show. */
const ASK_EVERY_MS = 1500;

interface TreeProps {
  experimentId: string;
  current: string;
  onChoose: (path: string) => void;
}

function Branch({ name, path, depth, ...tree }: TreeProps & { name: string; path: string; depth: number }) {
  const trpc = useTRPC();
  const within = tree.current === path || tree.current.startsWith(`${path}/`);
  const [opened, setOpened] = useState<boolean | null>(null);
  const open = opened ?? within;
  const options = trpc.files.folder.queryOptions(
    { experimentId: tree.experimentId, parent: path, choice: 'folder', limit: TREE_PAGE },
    { enabled: open },
  );
  const listing = useQuery(options);
  const folders = (listing.data?.entries ?? []).filter((entry) => entry.kind === 'folder');
  const askSoon = useAskSoon(options.queryKey, ASK_EVERY_MS);
  useLive([`experiment:${tree.experimentId}`], ({ kind, data }) => {
    if (kind === 'folder.changed' && listing.data && changesFolder(path, data.paths)) askSoon();
    if (kind !== 'file.committed' || typeof data.path !== 'string' || !listing.data) return;
    const folder = folderWithin(path, data.path);
    if (folder !== null && !folders.some(({ name }) => name === folder)) askSoon();
  });
  const leaf = listing.isSuccess && folders.length === 0;
  const Chevron = open ? ChevronDown : ChevronRight;
  const Icon = open && within ? FolderOpen : Folder;
  return (
    <li>
      <div
        className={cn(
          'flex h-7 items-center rounded-md pr-2 hover:bg-hover',
          tree.current === path && 'bg-accent/10 font-medium text-ink',
        )}
        style={{ paddingLeft: depth * 14 }}
      >
        <button
          type="button"
          className="grid size-6 place-items-center text-ink-faint"
          aria-label={`${open ? 'Close' : 'Open'} ${name}`}
          aria-expanded={open}
          onClick={() => setOpened(!open)}
        >
          {!leaf && <Chevron className="size-3.5" aria-hidden />}
        </button>
        <button
          type="button"
          className="flex min-w-0 flex-1 items-center gap-1.5 text-left text-sm"
          aria-current={tree.current === path ? 'location' : undefined}
          onClick={() => tree.onChoose(path)}
        >
          <Icon className="size-4 shrink-0 text-ink-faint" aria-hidden />
          <span className="truncate">{name}</span>
        </button>
      </div>
      {open && folders.length > 0 && (
        <ul>
          {folders.map((folder) => (
            <Branch key={folder.path} name={folder.name} path={folder.path} depth={depth + 1} {...tree} />
          ))}
          {listing.data?.nextCursor && (
            <li className="py-1 text-ink-faint text-xs" style={{ paddingLeft: (depth + 2) * 14 }}>
              more in the list
            </li>
          )}
        </ul>
      )}
    </li>
  );
}

/** The five folders of an experiment and what people and jobs made below them. */
export function FolderTree(tree: TreeProps) {
  return (
    <nav aria-label="Folders">
      <ul>
        {FOLDERS.map((name) => (
          <Branch key={name} name={name} path={name} depth={0} {...tree} />
        ))}
      </ul>
    </nav>
  );
}
