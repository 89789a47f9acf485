'use client';
import { useQuery } from '@tanstack/react-query';
import { FileCode2, Plus, Search } from 'lucide-react';
import Link from 'next/link';
import { parseAsString, useQueryState } from 'nuqs';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Badge } from '#src/components/ui/badge.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card } from '#src/components/ui/card.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Input } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Table, Td, Th, Tr } from '#src/components/ui/table.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { TemplateItem } from '#src/server/domain/templates/templates.service.ts';
import { ImportTemplate } from './import-template.tsx';
import { languageWords, matchesWords, ownerWords } from './template-words.ts';
import { useTemplatesLive } from './use-templates-live.ts';

function Row({ item }: { item: TemplateItem }) {
  return (
    <Tr className={item.archivedAt ? 'text-ink-faint' : undefined}>
      <Td className="py-1.5">
        <div className="grid min-w-0 gap-0.5">
          <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
            <Link href={`/templates/${item.slug}`} className="font-medium hover:underline">
              {item.name}
            </Link>
            {item.archivedAt && <Badge>archived</Badge>}
            {item.missing && item.missing.length > 0 && (
              <Badge tone="warn" title={item.missing.map(({ name }) => name).join(', ')}>
                cannot run here yet
              </Badge>
            )}
          </span>
          <span className="line-clamp-2 text-ink-soft text-xs">{item.description}</span>
          <span className="text-ink-faint text-xs sm:hidden">
            {languageWords(item.language)} · version {item.version} · {ownerWords(item)}
          </span>
        </div>
      </Td>
      <Td className="whitespace-nowrap max-sm:hidden">{languageWords(item.language)}</Td>
      <Td className="text-right tabular-nums max-sm:hidden">{item.version}</Td>
      <Td className="max-sm:hidden">{ownerWords(item)}</Td>
      <Td className="whitespace-nowrap text-right text-ink-soft text-xs max-sm:hidden">
        <RelativeTime at={item.changedAt} />
      </Td>
    </Tr>
  );
}

/** What can be run on the data of an experiment: what ships with Beamdeck, one's own, and what is shared. */
export function TemplatesPage() {
  const trpc = useTRPC();
  useTemplatesLive();
  const [search, setSearch] = useQueryState('q', parseAsString.withDefault(''));
  const list = useQuery(trpc.templates.list.queryOptions());
  const rows = (list.data ?? []).filter((item) => matchesWords(item, search));
  const body = () => {
    if (list.isPending) return <SkeletonRows rows={6} />;
    if (list.isError) return <ErrorState error={list.error} retry={() => void list.refetch()} />;
    if (rows.length === 0) {
      return search === '' ? (
        <EmptyState icon={FileCode2} title="No templates yet" action={<NewButton />}>
          A template is a script that runs on the data of an experiment from a form. Those that ship with
          Beamdeck appear once a worker has been started.
        </EmptyState>
      ) : (
        <EmptyState
          icon={Search}
          title="Nothing matches"
          action={<Button onClick={() => void setSearch(null)}>Show all templates</Button>}
        >
          Every word of the search must stand in name, description or owner.
        </EmptyState>
      );
    }
    return (
      <div className="relative overflow-x-auto">
        <Table>
          <thead>
            <tr>
              <Th>Template</Th>
              <Th className="max-sm:hidden">Written in</Th>
              <Th className="text-right max-sm:hidden">Version</Th>
              <Th className="max-sm:hidden">Owner</Th>
              <Th className="text-right max-sm:hidden">Changed</Th>
            </tr>
          </thead>
          <tbody>
            {rows.map((item) => (
              <Row key={item.slug} item={item} />
            ))}
          </tbody>
        </Table>
      </div>
    );
  };
  return (
    <div className="h-full overflow-auto">
      <header className="flex flex-wrap items-center gap-2 px-3 py-3 sm:px-4">
        <h1 className="mr-auto font-semibold text-xl tracking-tight">Templates</h1>
        <Input
          type="search"
          aria-label="Search templates"
          placeholder="Name, description, owner"
          className="min-w-0 max-w-72 max-sm:order-last max-sm:max-w-none"
          value={search}
          onChange={(event) => void setSearch(event.currentTarget.value || null)}
        />
        <ImportTemplate />
        <NewButton />
      </header>
      <div className="px-3 pb-8 sm:px-4">
        <Card>{body()}</Card>
      </div>
    </div>
  );
}

function NewButton() {
  return (
    <Button asChild look="primary">
      <Link href="/templates/new">
        <Plus aria-hidden /> New template
      </Link>
    </Button>
  );
}
