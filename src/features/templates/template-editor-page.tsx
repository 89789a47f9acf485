'use client';
import { useQuery } from '@tanstack/react-query';
import { Lock } from 'lucide-react';
import Link from 'next/link';
import { Button } from '#src/components/ui/button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { usePageLabel, useTRPC } from '#src/features/shell/index.ts';
import { draftOf, EMPTY_DRAFT } from './template-draft.ts';
import { TemplateEditor } from './template-editor.tsx';

/** A new template, which begins with a script that runs. */
export function NewTemplatePage() {
  usePageLabel('New template');
  return <TemplateEditor start={EMPTY_DRAFT} edited={null} />;
}

/** The next version of a template of one's own. */
export function EditTemplatePage({ slug }: { slug: string }) {
  const trpc = useTRPC();
  // What is typed must not be replaced because a colleague saved: the server says so when this is saved.
  const query = useQuery(trpc.templates.get.queryOptions({ slug }, { staleTime: Number.POSITIVE_INFINITY }));
  if (query.isPending) {
    return (
      <div className="p-3 sm:p-4">
        <SkeletonRows rows={8} />
      </div>
    );
  }
  if (query.isError) {
    return (
      <ErrorState
        error={query.error}
        retry={() => void query.refetch()}
        wayOn={{ href: '/templates', label: 'All templates' }}
      />
    );
  }
  const { data } = query;
  if (!data.content || !data.mayEdit) {
    return (
      <EmptyState
        icon={Lock}
        title="Only its owner changes a template"
        action={
          <Button asChild>
            <Link href={`/templates/${slug}`}>To the template</Link>
          </Button>
        }
      >
        Export it and import the file: then you have one of your own to change.
      </EmptyState>
    );
  }
  return (
    <TemplateEditor
      key={data.version}
      start={draftOf(data.content)}
      edited={{ slug, version: data.version, name: data.name }}
    />
  );
}
