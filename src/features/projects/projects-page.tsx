'use client';
import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { FolderKanban, Search } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { parseAsString, useQueryState } from 'nuqs';
import { PagedList } from '#src/components/paged-list.tsx';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { TitleCells } from '#src/components/title-cells.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { Input } from '#src/components/ui/input.tsx';
import { useListKeys, useLive, useProfile, useTRPC } from '#src/features/shell/index.ts';
import type { ProjectView } from '#src/server/domain/projects/project.types.ts';
import { makeProject } from '#src/shared/model/api-commands.ts';
import { NewProject } from './new-project.tsx';
import { countsWords } from './project-words.ts';

const ROW_HEIGHT = 56;
const COLUMNS =
  'grid items-center gap-x-4 px-3 sm:px-4 grid-cols-[minmax(0,1fr)] md:grid-cols-[8.5rem_minmax(12rem,2fr)_minmax(8rem,1fr)_13rem_6.5rem]';

function Head() {
  return (
    <div className={`${COLUMNS} h-8 text-ink-faint text-xs max-md:hidden`}>
      <span>Id</span>
      <span>Title</span>
      <span>Owner</span>
      <span>Reads</span>
      <span className="text-right">Created</span>
    </div>
  );
}

function Row({ row }: { row: ProjectView }) {
  return (
    <Link href={`/projects/${row.code}`} tabIndex={-1} className={`${COLUMNS} h-full hover:bg-hover`}>
      <TitleCells row={row} narrow={countsWords(row.counts)} />
      <span className="truncate text-xs max-md:hidden">{row.ownerName}</span>
      <span className="text-ink-soft text-xs max-md:hidden">{countsWords(row.counts)}</span>
      <span className="text-right text-ink-soft text-xs max-md:hidden">
        <RelativeTime at={row.createdAt} />
      </span>
    </Link>
  );
}

/** The projects one is in, the newest first; the search lives in the address. */
export function ProjectsPage() {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const { personId } = useProfile();
  const [search, setSearch] = useQueryState(
    'q',
    parseAsString.withDefault('').withOptions({ throttleMs: 300 }),
  );
  const list = useInfiniteQuery(
    trpc.projects.list.infiniteQueryOptions(
      { search: search || undefined, limit: 100 },
      { getNextPageParam: (page) => page.nextCursor, placeholderData: keepPreviousData },
    ),
  );
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const refresh = () => void queryClient.invalidateQueries(trpc.projects.list.pathFilter());
  useLive([`person:${personId}`], ({ kind }) => {
    if (kind === 'member.changed') refresh();
  });
  const open = (row: ProjectView) => router.push(`/projects/${row.code}`);
  const { current, setCurrent, searchBox } = useListKeys('Projects', { rows, what: 'project', open });

  const empty =
    search !== '' ? (
      <EmptyState
        icon={Search}
        title="Nothing matches"
        action={<Button onClick={() => void setSearch(null)}>Show all projects</Button>}
      >
        Every word of the search must stand in code, title or keywords.
      </EmptyState>
    ) : (
      <EmptyState
        icon={FolderKanban}
        title="No projects yet"
        action={<NewProject onMade={refresh} />}
        request={makeProject()}
      >
        A project brings together what several visits measured: its people read every experiment that is
        linked to it, and change nothing there.
      </EmptyState>
    );

  return (
    <div className="relative flex h-full min-h-0 flex-col">
      <header className="flex flex-wrap items-center gap-2 px-3 py-3 sm:px-4">
        <h1 className="mr-auto font-semibold text-xl tracking-tight">Projects</h1>
        {(rows.length > 0 || search !== '') && (
          <>
            <Input
              ref={searchBox}
              type="search"
              aria-label="Search projects"
              placeholder="Code, title, keyword"
              className="min-w-0 max-w-72 max-sm:order-last max-sm:max-w-none"
              value={search}
              onChange={(event) => void setSearch(event.currentTarget.value || null)}
            />
            <NewProject onMade={refresh} />
          </>
        )}
      </header>
      <div className="min-h-64 flex-1 border-t">
        <PagedList
          list={list}
          rows={rows}
          empty={empty}
          label="Projects"
          rowHeight={ROW_HEIGHT}
          head={<Head />}
          currentIndex={current}
          onCurrent={setCurrent}
          onOpen={open}
        >
          {(row) => <Row row={row} />}
        </PagedList>
      </div>
    </div>
  );
}
