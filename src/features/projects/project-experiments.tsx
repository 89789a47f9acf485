'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link2, Unlink } from 'lucide-react';
import Link from 'next/link';
import { ClockTime, RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { Table, Td, Th, Tr } from '#src/components/ui/table.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { EXPERIMENT_STATE_WORDS } from '#src/features/experiments/index.ts';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import type { LinkedExperiment } from '#src/server/domain/projects/project.types.ts';
import { linkExperiment } from '#src/shared/model/api-commands.ts';
import { allows } from '#src/shared/permissions/permission-table.ts';
import { LinkExperiment } from './link-experiment.tsx';
import { useProject } from './project-context.ts';
import { datasetsWords } from './project-words.ts';

function TakeOut({ row, refresh }: { row: LinkedExperiment; refresh: () => void }) {
  const trpc = useTRPC();
  const { project } = useProject();
  const unlink = useMutation(trpc.projects.unlink.mutationOptions({ onSettled: refresh }));
  return (
    <ConfirmDialog
      title={`Take ${row.code} out of ${project.code}?`}
      action="Take it out"
      onConfirm={async () => {
        await unlink.mutateAsync({ projectId: project.id, experimentId: row.id });
        toast.done(`${project.code} no longer reads ${row.code}`);
      }}
      trigger={
        <Button look="quiet" size="icon-sm" aria-label={`Take ${row.code} out`} title="Take it out">
          <Unlink aria-hidden />
        </Button>
      }
    >
      From this moment people of the project see the experiment only if they are in it themselves. A Manager
      of both can link it again.
    </ConfirmDialog>
  );
}

function Row({ row, refresh }: { row: LinkedExperiment; refresh: () => void }) {
  const { project } = useProject();
  const state = EXPERIMENT_STATE_WORDS[row.state];
  const mayTakeOut = allows('project.link', project.roles) || allows('experiment.link', row.roles);
  return (
    <Tr>
      <Td className="whitespace-nowrap">
        <Link href={`/experiments/${row.code}`} className="font-mono font-semibold hover:underline">
          {row.code}
        </Link>
      </Td>
      <Td className="min-w-40">
        {row.title}
        <span className="block text-ink-faint text-xs">
          PI {row.piName} · {row.instrumentName}
        </span>
      </Td>
      <Td className="max-sm:hidden">
        <Status tone={state.tone}>{state.word}</Status>
      </Td>
      <Td className="whitespace-nowrap text-ink-soft max-md:hidden">
        {row.startsAt ? <ClockTime at={row.startsAt} /> : '–'}
      </Td>
      <Td className="whitespace-nowrap text-ink-soft max-md:hidden">
        {datasetsWords(row.counts.datasets)}
        {row.counts.receiving > 0 && <span className="block text-running text-xs">receiving</span>}
      </Td>
      <Td className="text-ink-soft max-lg:hidden">
        {row.linkedBy}
        <span className="block text-ink-faint text-xs">
          <RelativeTime at={row.linkedAt} />
        </span>
      </Td>
      <Td className="w-0 text-right">{mayTakeOut && <TakeOut row={row} refresh={refresh} />}</Td>
    </Tr>
  );
}

/** What the project reads, and the way to bring in more. */
export function ProjectExperiments() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { project } = useProject();
  const of = { projectId: project.id };
  const linked = useQuery(trpc.projects.experiments.queryOptions(of));
  const refresh = () => void queryClient.invalidateQueries(trpc.projects.experiments.queryFilter(of));
  useLive([`experiment:${project.id}`], ({ kind }) => {
    if (kind === 'experiment.changed' || kind === 'member.changed') refresh();
  });
  if (linked.isPending) return <SkeletonRows rows={4} />;
  if (!linked.data) return <ErrorState error={linked.error} retry={() => void linked.refetch()} />;
  const rows = linked.data;
  const add = allows('project.link', project.roles) && (
    <LinkExperiment linked={rows.map((row) => row.id)} onLinked={refresh} />
  );
  if (rows.length === 0) {
    return (
      <EmptyState
        icon={Link2}
        title="No experiments yet"
        action={add || undefined}
        request={add ? linkExperiment(project.code) : undefined}
      >
        A Manager of an experiment who is a Manager here too links it; then everybody in the project reads it.
      </EmptyState>
    );
  }
  return (
    <div className="grid content-start gap-3 p-3 sm:p-4">
      <div className="flex flex-wrap items-center gap-2">
        <p className="mr-auto text-ink-soft text-sm">
          Everybody in the project sees these and downloads from them.
        </p>
        {add}
      </div>
      <div className="relative overflow-x-auto rounded-lg border bg-surface">
        <Table>
          <thead>
            <tr>
              <Th>Id</Th>
              <Th>Title</Th>
              <Th className="max-sm:hidden">State</Th>
              <Th className="max-md:hidden">Start</Th>
              <Th className="max-md:hidden">Data</Th>
              <Th className="max-lg:hidden">Linked by</Th>
              <Th>
                <span className="sr-only">Actions</span>
              </Th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={row.id} row={row} refresh={refresh} />
            ))}
          </tbody>
        </Table>
      </div>
    </div>
  );
}
