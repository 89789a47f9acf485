'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Archive, ArchiveRestore, Download, Pencil, RefreshCw } from 'lucide-react';
import Link from 'next/link';
import { parseAsInteger, useQueryState } from 'nuqs';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { saveText } from '#src/components/save-file.ts';
import { Badge } from '#src/components/ui/badge.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { usePageLabel, useTRPC } from '#src/features/shell/index.ts';
import type { TemplateDetail } from '#src/server/domain/templates/templates.service.ts';
import { templateFileText } from '#src/shared/contracts/template-content.ts';
import { missingSentence } from '#src/shared/contracts/template-requirement.ts';
import { NetworkNotice } from './network-notice.tsx';
import { SharingCard } from './sharing-card.tsx';
import { DeclaredCard, FilesCard, ScriptCard } from './template-cards.tsx';
import { exportName, languageWords, ownerWords } from './template-words.ts';
import { TestRun } from './test-run.tsx';
import { useTemplatesLive } from './use-templates-live.ts';
import { VersionsCard } from './versions-card.tsx';

function exportFile({ slug, version, content }: TemplateDetail) {
  if (!content) return;
  saveText(templateFileText(content), exportName(slug, version), 'application/json');
}

function Actions({ template }: { template: TemplateDetail }) {
  const trpc = useTRPC();
  const refresh = useTemplatesLive();
  const archive = useMutation(trpc.templates.setArchived.mutationOptions({ onSettled: refresh }));
  const { slug, name } = template;
  const isArchived = template.archivedAt !== null;
  return (
    <div className="flex flex-wrap items-center gap-2">
      {!isArchived && <TestRun template={template} />}
      {template.content && (
        <Button size="sm" onClick={() => exportFile(template)}>
          <Download aria-hidden /> Export
        </Button>
      )}
      {template.mayEdit && !isArchived && (
        <Button asChild size="sm">
          <Link href={`/templates/${slug}/edit`}>
            <Pencil aria-hidden /> Edit
          </Link>
        </Button>
      )}
      {template.mayArchive &&
        (isArchived ? (
          <Button
            size="sm"
            busy={archive.isPending}
            onClick={() =>
              archive.mutate(
                { slug, archived: false },
                { onSuccess: () => toast.done(`“${name}” is back`), onError: (error) => toast.failed(error) },
              )
            }
          >
            <ArchiveRestore aria-hidden /> Bring back
          </Button>
        ) : (
          <ConfirmDialog
            trigger={
              <Button size="sm" look="quiet">
                <Archive aria-hidden /> Archive
              </Button>
            }
            title={`Archive “${name}”?`}
            action="Archive"
            onConfirm={() => archive.mutateAsync({ slug, archived: true })}
          >
            Nobody can start it any more. Its jobs stay as they are, and triggers that use it go on. You can
            bring it back.
          </ConfirmDialog>
        ))}
    </div>
  );
}

/** What the machine lacks for it, said before anybody starts a run. */
function Missing({ template }: { template: TemplateDetail }) {
  const trpc = useTRPC();
  const check = useMutation(
    trpc.templates.checkAgain.mutationOptions({
      onSuccess: () => toast.say('A worker looks again: open the page in a few seconds'),
      onError: (error) => toast.failed(error),
    }),
  );
  if (!template.missing || template.missing.length === 0) return null;
  return (
    <div role="alert" className="grid gap-2 rounded-md border border-warn/35 bg-warn/8 px-3 py-2 text-sm">
      <p>{missingSentence(template.missing)}</p>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Button size="sm" busy={check.isPending} onClick={() => check.mutate({ slug: template.slug })}>
          <RefreshCw aria-hidden /> Look again
        </Button>
        {template.missingSeenAt && (
          <span className="text-ink-soft text-xs">
            looked <RelativeTime at={template.missingSeenAt} />
          </span>
        )}
      </div>
    </div>
  );
}

function Body({ template }: { template: TemplateDetail }) {
  const isOld = template.version !== template.newestVersion;
  return (
    <div className="h-full overflow-auto">
      <header className="grid gap-2 px-3 pt-3 pb-3 sm:px-4">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
          <h1 className="min-w-0 font-semibold text-xl tracking-tight [overflow-wrap:anywhere]">
            {template.name}
          </h1>
          {template.archivedAt && <Badge>archived</Badge>}
          {isOld && <Badge tone="warn">version {template.version}, not the newest</Badge>}
          <span className="mr-auto" />
          <Actions template={template} />
        </div>
        <p className="flex flex-wrap gap-x-4 text-ink-soft text-sm">
          <span>{languageWords(template.language)}</span>
          <span>version {template.version}</span>
          <span>of {ownerWords(template)}</span>
          <RelativeTime at={template.changedAt} />
        </p>
        {template.description !== '' && (
          <p className="max-w-prose whitespace-pre-line text-sm">{template.description}</p>
        )}
        <Missing template={template} />
        <NetworkNotice template={template} />
      </header>
      <div className="grid items-start gap-3 px-3 pb-8 sm:px-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="grid min-w-0 gap-3">
          <DeclaredCard template={template} />
          <ScriptCard template={template} />
          <FilesCard template={template} />
        </div>
        {!template.isShipped && (
          <div className="grid min-w-0 gap-3">
            <SharingCard template={template} />
            <VersionsCard template={template} />
          </div>
        )}
      </div>
    </div>
  );
}

/** One template: what it asks for, its script, its versions, with whom it is shared. */
export function TemplatePage({ slug }: { slug: string }) {
  const trpc = useTRPC();
  useTemplatesLive();
  const [version] = useQueryState('version', parseAsInteger);
  const query = useQuery(trpc.templates.get.queryOptions({ slug, version }));
  usePageLabel(query.data?.name ?? 'Template');
  if (query.isPending) {
    return (
      <div className="p-3 sm:p-4">
        <SkeletonRows rows={6} />
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
  return <Body template={query.data} />;
}
