'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { UserMinus } from 'lucide-react';
import { useState } from 'react';
import { fieldFaultsOf, sentenceOf } from '#src/components/app-error-of.ts';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Field, Input, NativeSelect } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Table, Td, Th, Tr } from '#src/components/ui/table.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useLive, useProfile, useTRPC } from '#src/features/shell/index.ts';
import { allows, type ExperimentRole, type Role } from '#src/shared/permissions/permission-table.ts';
import { useExperiment } from './experiment-frame.tsx';

type GivenRole = Exclude<ExperimentRole, 'owner'>;

const ROLE_WORDS: Readonly<Record<ExperimentRole, string>> = {
  viewer: 'Viewer: sees everything',
  member: 'Member: also uploads and runs jobs',
  manager: 'Manager: also invites people',
  owner: 'Owner',
};

/** The roles one may give, by the same table the server decides with. */
function givable(held: readonly Role[]): GivenRole[] {
  const roles: GivenRole[] = [];
  if (allows('member.addViewer', held)) roles.push('viewer');
  if (allows('member.manage', held)) roles.push('member');
  if (allows('member.nameManagers', held)) roles.push('manager');
  return roles;
}

function AddPerson({ experimentId, roles }: { experimentId: string; roles: GivenRole[] }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<GivenRole>(roles.includes('member') ? 'member' : 'viewer');
  const add = useMutation(
    trpc.experiments.addMember.mutationOptions({
      onSuccess: (member) => {
        setEmail('');
        toast.done(`${member.name} is ${member.role} now`);
        void queryClient.invalidateQueries(trpc.experiments.members.queryFilter({ experimentId }));
      },
    }),
  );
  const fault = add.isError ? (fieldFaultsOf(add.error).email ?? sentenceOf(add.error)) : undefined;
  return (
    <form
      className="flex flex-wrap items-start gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate({ experimentId, email, role });
      }}
    >
      <Field label="Add by e-mail" fault={fault} className="min-w-56 flex-1 sm:max-w-80">
        {(props) => (
          <Input
            {...props}
            type="email"
            required
            autoComplete="off"
            placeholder="name@institute.org"
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
        )}
      </Field>
      <Field label="Role" className="min-w-40">
        {(props) => (
          <NativeSelect
            {...props}
            value={role}
            onChange={(event) => setRole(event.currentTarget.value as GivenRole)}
          >
            {roles.map((each) => (
              <option key={each} value={each}>
                {ROLE_WORDS[each]}
              </option>
            ))}
          </NativeSelect>
        )}
      </Field>
      <Button type="submit" look="primary" busy={add.isPending} className="mt-6">
        Add
      </Button>
    </form>
  );
}

/** Who takes part, and what they may do. */
export function PeopleTab() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const experiment = useExperiment();
  const { personId } = useProfile();
  const experimentId = experiment.id;
  const filter = trpc.experiments.members.queryFilter({ experimentId });
  const members = useQuery(trpc.experiments.members.queryOptions({ experimentId }));
  useLive([`experiment:${experimentId}`], (event) => {
    if (event.kind === 'member.changed') void queryClient.invalidateQueries(filter);
  });
  const refresh = () => void queryClient.invalidateQueries(filter);
  const setRole = useMutation(
    trpc.experiments.setMemberRole.mutationOptions({
      onSettled: refresh,
      onError: (error) => toast.failed(error),
    }),
  );
  const remove = useMutation(trpc.experiments.removeMember.mutationOptions({ onSettled: refresh }));
  const roles = givable(experiment.roles);
  const mayChange = (role: ExperimentRole) =>
    role !== 'owner' &&
    allows('member.manage', experiment.roles) &&
    (role !== 'manager' || allows('member.nameManagers', experiment.roles));

  if (members.isPending) return <SkeletonRows />;
  if (!members.data) return <ErrorState error={members.error} retry={() => void members.refetch()} />;
  return (
    <div className="grid max-w-4xl content-start gap-4 p-3 sm:p-4">
      {roles.length > 0 && <AddPerson experimentId={experimentId} roles={roles} />}
      <div className="overflow-x-auto rounded-lg border bg-surface">
        <Table>
          <thead>
            <tr>
              <Th>Name</Th>
              <Th className="max-sm:hidden">E-mail</Th>
              <Th>Role</Th>
              <Th className="max-sm:hidden">Since</Th>
              <Th>
                <span className="sr-only">Actions</span>
              </Th>
            </tr>
          </thead>
          <tbody>
            {members.data.map((member) => (
              <Tr key={member.id}>
                <Td>
                  {member.name}
                  {member.id === personId && <span className="text-ink-faint"> (you)</span>}
                </Td>
                <Td className="text-ink-soft max-sm:hidden">{member.email}</Td>
                <Td>
                  {mayChange(member.role) ? (
                    <NativeSelect
                      aria-label={`Role of ${member.name}`}
                      className="w-32"
                      value={member.role}
                      onChange={(event) =>
                        setRole.mutate({
                          experimentId,
                          personId: member.id,
                          role: event.currentTarget.value as GivenRole,
                        })
                      }
                    >
                      {roles.map((role) => (
                        <option key={role} value={role}>
                          {role}
                        </option>
                      ))}
                    </NativeSelect>
                  ) : (
                    <span className="text-ink-soft">{member.role}</span>
                  )}
                </Td>
                <Td className="text-ink-soft max-sm:hidden">
                  <RelativeTime at={member.since} />
                </Td>
                <Td className="w-0 text-right">
                  {(mayChange(member.role) || (member.id === personId && member.role !== 'owner')) && (
                    <ConfirmDialog
                      trigger={
                        <Button look="quiet" size="icon-sm" aria-label={`Remove ${member.name}`}>
                          <UserMinus aria-hidden />
                        </Button>
                      }
                      title={
                        member.id === personId
                          ? `Leave ${experiment.code}?`
                          : `Remove ${member.name} from ${experiment.code}?`
                      }
                      action={member.id === personId ? 'Leave' : `Remove ${member.name}`}
                      onConfirm={() => remove.mutateAsync({ experimentId, personId: member.id })}
                    >
                      {member.id === personId ? 'You' : member.name} will no longer see its data, jobs and
                      people. What was done stays recorded; somebody in the experiment can add the person
                      again.
                    </ConfirmDialog>
                  )}
                </Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      </div>
      <p className="text-ink-faint text-xs">
        The staff of {experiment.instrument.name} also see this experiment
        {experiment.proprietary ? ', until 30 days after its end' : ''}.
      </p>
    </div>
  );
}
