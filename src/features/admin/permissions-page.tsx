'use client';
import { Check } from 'lucide-react';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { Table, Td, Th, Tr } from '#src/components/ui/table.tsx';
import {
  EXPERIMENT_ACTIONS,
  EXPERIMENT_ROLES,
  FACILITY_ACTIONS,
  INSTRUMENT_ACTIONS,
  type Role,
  TEMPLATE_ACTIONS,
} from '#src/shared/permissions/permission-table.ts';
import { TOKEN_SCOPES } from '#src/shared/permissions/token-scopes.ts';
import { AdminPage } from './admin-frame.tsx';

const ROLES: readonly Role[] = ['reader', ...EXPERIMENT_ROLES, 'staff', 'admin'];
const ROLE_WORDS: Record<Role, string> = {
  reader: 'By a project',
  viewer: 'Viewer',
  member: 'Member',
  manager: 'Manager',
  owner: 'Owner',
  staff: 'Staff',
  admin: 'Admin',
};

type Actions = Readonly<Record<string, { roles: readonly Role[]; means: string }>>;

/** On a narrow screen the roles stand in words below what they may. */
function ActionTable({ title, hint, actions }: { title: string; hint: string; actions: Actions }) {
  return (
    <Card>
      <CardHeader title={title} hint={hint} />
      <div className="relative overflow-x-auto">
        <Table>
          <thead>
            <tr>
              <Th>May</Th>
              {ROLES.map((role) => (
                <Th key={role} className="text-center max-md:hidden">
                  {ROLE_WORDS[role]}
                </Th>
              ))}
            </tr>
          </thead>
          <tbody>
            {Object.entries(actions).map(([action, { roles, means }]) => (
              <Tr key={action}>
                <Td className="py-1.5 md:min-w-48 md:py-0">
                  <span title={action}>{means}</span>
                  <span className="block text-ink-faint text-xs md:hidden">
                    {ROLES.filter((role) => roles.includes(role))
                      .map((role) => ROLE_WORDS[role])
                      .join(' · ') || 'nobody'}
                  </span>
                </Td>
                {ROLES.map((role) => (
                  <Td key={role} className="text-center max-md:hidden">
                    {roles.includes(role) ? (
                      <>
                        <Check className="inline size-4 text-ok" aria-hidden />
                        <span className="sr-only">yes</span>
                      </>
                    ) : (
                      <span className="sr-only">no</span>
                    )}
                  </Td>
                ))}
              </Tr>
            ))}
          </tbody>
        </Table>
      </div>
    </Card>
  );
}

/** The table that the server asks at every request: this page is drawn from the same lines of code. */
export function PermissionsPage() {
  return (
    <AdminPage
      title="Permissions"
      about="The table that the server asks at every request. Who holds none of the roles is told that there is nothing. Admins see no data without being in the experiment; staff and admins add nothing to each other."
    >
      <ActionTable
        title="In an experiment or a project"
        hint="By a project: its people, in the experiments linked to it. Staff: of the experiment's instrument"
        actions={EXPERIMENT_ACTIONS}
      />
      <ActionTable
        title="At an instrument"
        hint="Its staff, and the admins of its facility"
        actions={INSTRUMENT_ACTIONS}
      />
      <ActionTable title="In a facility" hint="Its admins" actions={FACILITY_ACTIONS} />
      <ActionTable
        title="In a job template"
        hint="Owner: who made it. By a project: whoever it is shared with"
        actions={TEMPLATE_ACTIONS}
      />
      <Card>
        <CardHeader
          title="Access tokens"
          hint="What a token may be made for, never more than its person holds now"
        />
        <div className="relative overflow-x-auto">
          <Table>
            <thead>
              <tr>
                <Th>Scope</Th>
                <Th>Lets through</Th>
              </tr>
            </thead>
            <tbody>
              {Object.entries(TOKEN_SCOPES).map(([scope, { means }]) => (
                <Tr key={scope}>
                  <Td className="whitespace-nowrap font-mono text-xs">{scope}</Td>
                  <Td>{means}</Td>
                </Tr>
              ))}
            </tbody>
          </Table>
        </div>
      </Card>
    </AdminPage>
  );
}
