'use client';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { fieldFaultsOf, sentenceOf } from '#src/components/app-error-of.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Field, Input, NativeSelect } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { GivenRole } from '#src/shared/permissions/permission-table.ts';
import { ROLE_WORDS } from './people-words.ts';

/** Asks somebody in, who has an account or not: the answer is the same. */
export function InvitePerson({
  experimentId,
  roles,
  refresh,
}: {
  experimentId: string;
  roles: readonly GivenRole[];
  refresh: () => void;
}) {
  const trpc = useTRPC();
  const [to, setTo] = useState('');
  const [role, setRole] = useState<GivenRole>(roles.includes('member') ? 'member' : 'viewer');
  const invite = useMutation(
    trpc.invitations.invite.mutationOptions({
      onSuccess: (made) => {
        setTo('');
        toast.done(`${made.to} is invited`);
        refresh();
      },
    }),
  );
  const fault = invite.isError ? (fieldFaultsOf(invite.error).to ?? sentenceOf(invite.error)) : undefined;
  return (
    <form
      className="flex flex-wrap items-start gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        invite.mutate({ experimentId, to, role });
      }}
    >
      <Field
        label="Invite by e-mail or user name"
        hint="An account is not needed: the invitation brings one along."
        fault={fault}
        className="min-w-56 flex-1 sm:max-w-96"
      >
        {(props) => (
          <Input
            {...props}
            required
            maxLength={320}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            placeholder="name@institute.org"
            value={to}
            onChange={(event) => {
              if (invite.isError) invite.reset();
              setTo(event.currentTarget.value);
            }}
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
      <Button type="submit" look="primary" busy={invite.isPending} className="mt-6">
        Invite
      </Button>
    </form>
  );
}
