'use client';
import { Download, Search, X } from 'lucide-react';
import type { ReactNode, RefObject } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { Input, NativeSelect } from '#src/components/ui/input.tsx';
import { type EntryChoice, FILE_CHOICES, FILE_TYPES } from '#src/shared/model/file-types.ts';
import type { FilesPlace } from './use-files-place.ts';

const SORT_WORDS = [
  ['name', 'Name'],
  ['-name', 'Name, from the end'],
  ['-size', 'Largest first'],
  ['size', 'Smallest first'],
  ['-time', 'Newest first'],
  ['time', 'Oldest first'],
  ['kind', 'Kind'],
  ['-kind', 'Kind, from the end'],
] as const;

/** Search, kind, and what to do with what is ticked. */
export function FilesToolbar({
  files: { place, setPlace, isNarrowed },
  searchBox,
  picked,
  onDownload,
  onUnpick,
  children,
}: {
  files: FilesPlace;
  searchBox: RefObject<HTMLInputElement | null>;
  picked: number;
  onDownload: () => void;
  onUnpick: () => void;
  /** What changes the folder. */
  children: ReactNode;
}) {
  const types: [EntryChoice, string][] = [
    ...(place.all
      ? []
      : ([
          ['folder', 'Folders'],
          ['dataset', 'Datasets'],
        ] as [EntryChoice, string][])),
    ...FILE_CHOICES.map((type): [EntryChoice, string] => [
      type,
      type === 'other' ? 'Other files' : FILE_TYPES[type].word,
    ]),
  ];
  return (
    <div className="flex flex-wrap items-center gap-2 border-b px-2 py-1.5">
      <div className="relative min-w-40 flex-1 sm:max-w-72">
        <Search aria-hidden className="absolute top-2 left-2 size-4 text-ink-faint" />
        <Input
          ref={searchBox}
          type="search"
          aria-label="Search files"
          placeholder="Name, or pattern like *.mtz"
          className="pl-8"
          value={place.q}
          maxLength={200}
          onChange={(event) =>
            void setPlace(
              { q: event.currentTarget.value, sel: null },
              { history: 'replace', throttleMs: 250 },
            )
          }
          onKeyDown={(event) => {
            if (event.key === 'Escape') event.currentTarget.blur();
          }}
        />
      </div>
      <NativeSelect
        aria-label="Where to search"
        className="w-auto"
        value={place.all ? 'all' : 'here'}
        onChange={(event) => {
          const all = event.currentTarget.value === 'all';
          const type = all && (place.type === 'folder' || place.type === 'dataset') ? null : place.type;
          void setPlace({ all, type, sel: null });
        }}
      >
        <option value="here">In this folder</option>
        <option value="all">In all folders</option>
      </NativeSelect>
      <NativeSelect
        aria-label="Kind"
        className="w-auto"
        value={place.type ?? ''}
        onChange={(event) =>
          void setPlace({
            type: types.find(([type]) => type === event.currentTarget.value)?.[0] ?? null,
            sel: null,
          })
        }
      >
        <option value="">All kinds</option>
        {types.map(([type, words]) => (
          <option key={type} value={type}>
            {words}
          </option>
        ))}
      </NativeSelect>
      {!place.all && (
        <NativeSelect
          aria-label="Order"
          className="w-auto sm:hidden"
          value={place.sort}
          onChange={(event) =>
            void setPlace({
              sort: SORT_WORDS.find(([sort]) => sort === event.currentTarget.value)?.[0] ?? 'name',
            })
          }
        >
          {SORT_WORDS.map(([sort, words]) => (
            <option key={sort} value={sort}>
              {words}
            </option>
          ))}
        </NativeSelect>
      )}
      {isNarrowed && (
        <Button look="quiet" onClick={() => void setPlace({ q: null, type: null, all: null })}>
          Clear
        </Button>
      )}
      <div className="ml-auto flex items-center gap-1">
        {picked > 0 && (
          <Button look="quiet" size="sm" onClick={onUnpick}>
            <X aria-hidden /> {picked} ticked
          </Button>
        )}
        {children}
        <Button onClick={onDownload}>
          <Download aria-hidden /> Download{picked > 0 ? '' : place.path === '' ? ' all' : ' folder'}
        </Button>
      </div>
    </div>
  );
}
