'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import { allows } from '#src/shared/permissions/permission-table.ts';
import { useExperiment } from './experiment-context.ts';
import { PeopleOfPlace } from './people-of-place.tsx';
import { ReadingProjects } from './reading-projects.tsx';
import { StaffAccess } from './staff-access.tsx';

/** Who has access to the experiment, and why: members, people of projects that read it, staff of its instrument, and who was asked. */
export function PeopleTab() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { id: experimentId, code, roles } = useExperiment();
  const of = { experimentId };
  const staff = useQuery(trpc.members.staffAccess.queryOptions(of));
  const projects = useQuery(trpc.projects.reading.queryOptions(of));
  const refresh = () => {
    void queryClient.invalidateQueries(trpc.members.staffAccess.queryFilter(of));
    void queryClient.invalidateQueries(trpc.projects.reading.queryFilter(of));
  };
  useLive([`experiment:${experimentId}`], ({ kind }) => {
    if (['member.changed', 'experiment.changed'].includes(kind)) refresh();
  });
  const failed = [staff, projects].find((query) => query.isError && query.data === undefined);
  return (
    <PeopleOfPlace place={{ id: experimentId, code, kind: 'experiment', roles }}>
      {failed && <ErrorState error={failed.error} retry={() => void failed.refetch()} />}
      {!failed && !(staff.data && projects.data) && <SkeletonRows />}
      {projects.data && (
        <ReadingProjects
          experiment={{ id: experimentId, code }}
          projects={projects.data}
          mayEnd={allows('experiment.link', roles)}
          refresh={refresh}
        />
      )}
      {staff.data && (
        <StaffAccess
          experimentId={experimentId}
          access={staff.data}
          mayExtend={allows('staff.extendAccess', roles)}
          refresh={refresh}
        />
      )}
    </PeopleOfPlace>
  );
}
