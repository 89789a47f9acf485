'use client';
import { useQuery } from '@tanstack/react-query';
import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';
import { appErrorOf } from '#src/components/app-error-of.ts';
import { CopyButton } from '#src/components/ui/copy-button.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonFrame } from '#src/components/ui/skeleton.tsx';
import { LinkTabs } from '#src/components/ui/tabs.tsx';
import { useAskSoon } from '#src/components/use-ask-soon.ts';
import { useLive, useProfile, useTRPC } from '#src/features/shell/index.ts';
import { ProjectContext } from './project-context.ts';

const ASK_EVERY_MS = 1500;
const TABS = [
  { key: 'experiments', label: 'Experiments', path: '' },
  { key: 'people', label: 'People', path: '/people' },
  { key: 'settings', label: 'Settings', path: '/settings' },
] as const;

/** Header and tabs around every page of a project; the header stays while tabs change. */
export function ProjectFrame({ code, children }: { code: string; children: ReactNode }) {
  const trpc = useTRPC();
  const pathname = usePathname();
  const { personId } = useProfile();
  const options = trpc.projects.byCode.queryOptions({ code });
  const query = useQuery(options);
  const refresh = useAskSoon(options.queryKey, ASK_EVERY_MS);
  const project = query.data;
  useLive([project && `experiment:${project.id}`], ({ kind }) => {
    if (kind === 'experiment.changed' || kind === 'member.changed') refresh();
  });
  useLive([`person:${personId}`], ({ kind }) => {
    if (kind === 'member.changed') refresh();
  });
  // Whoever is not in any more sees nothing of what was on the screen.
  const isGone = query.isError && appErrorOf(query.error)?.code === 'NOT_FOUND';
  if (query.isPending) return <SkeletonFrame />;
  if (!project || isGone) {
    return (
      <ErrorState
        error={query.error}
        retry={() => void query.refetch()}
        wayOn={{ href: '/projects', label: 'All projects' }}
      />
    );
  }
  const root = `/projects/${project.code}`;
  const current = TABS.find((tab) => tab.path !== '' && pathname.endsWith(tab.path))?.key ?? 'experiments';
  const notes = {
    experiments: project.counts.experiments,
    people: project.counts.people,
    settings: undefined,
  };
  return (
    <ProjectContext value={{ project, refresh }}>
      <div className="relative flex h-full min-h-0 flex-col">
        <header className="grid gap-1 px-3 pt-3 sm:px-4">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <h1 className="flex min-w-0 flex-wrap items-baseline gap-x-3">
              <span className="font-mono font-semibold text-xl tracking-tight">{project.code}</span>
              <span className="truncate text-lg">{project.title}</span>
            </h1>
            <CopyButton text={project.code} what="the code" className="-mx-2" />
          </div>
          <div className="flex flex-wrap gap-x-4 gap-y-0.5 text-ink-soft text-sm">
            <span>Project at {project.facility.name}</span>
            <span>Owner {project.ownerName}</span>
            {project.keywords.length > 0 && (
              <span className="text-ink-faint">{project.keywords.join(' · ')}</span>
            )}
          </div>
        </header>
        <LinkTabs
          label="Parts of the project"
          className="mt-2 px-2 sm:px-3"
          current={current}
          tabs={TABS.map(({ key, label, path }) => ({
            key,
            label,
            href: `${root}${path}`,
            note: notes[key],
          }))}
        />
        <div className="min-h-0 flex-1 overflow-y-auto">{children}</div>
      </div>
    </ProjectContext>
  );
}
