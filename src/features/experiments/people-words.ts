import {
  allows,
  type ExperimentRole,
  type GivenRole,
  type Role,
} from '#src/shared/permissions/permission-table.ts';

/** What the people are of, as the caller sees it. */
export interface Place {
  id: string;
  code: string;
  kind: 'experiment' | 'project';
  roles: readonly Role[];
}

export const ROLE_WORDS: Readonly<Record<ExperimentRole, string>> = {
  viewer: 'Viewer: sees everything',
  member: 'Member: also uploads and runs jobs',
  manager: 'Manager: also invites people',
  owner: 'Owner',
};

/** The roles one may give, by the same table the server decides with. */
export function givable(held: readonly Role[]): GivenRole[] {
  const roles: GivenRole[] = [];
  if (allows('member.addViewer', held)) roles.push('viewer');
  if (allows('member.manage', held)) roles.push('member');
  if (allows('member.nameManagers', held)) roles.push('manager');
  return roles;
}

/** Whether one may change or take away this role. */
export const mayChangeRole = (role: ExperimentRole, held: readonly Role[]): boolean =>
  role !== 'owner' &&
  allows('member.manage', held) &&
  (role !== 'manager' || allows('member.nameManagers', held));

/** Who let somebody in, for the table: of those who came with a visit the user office, whoever of us wrote it. */
export const letInBy = ({ origin, addedBy }: { origin: 'person' | 'user-office'; addedBy: string | null }) =>
  origin === 'user-office' ? 'the user office' : (addedBy ?? '–');

/** Rows shown at once: an experiment of a whole community would be too long for a page, and nobody reads it to its end. */
export const MOST_SHOWN = 100;

/** Those with what is typed in their name, address or role, without regard to case; the first of them, and how many there are. */
export function membersFound<Member extends { name: string; email: string; role: ExperimentRole }>(
  members: readonly Member[],
  typed: string,
): { shown: Member[]; total: number } {
  const wanted = typed.trim().toLowerCase();
  const found = members.filter(({ name, email, role }) =>
    [name, email, role].some((text) => text.toLowerCase().includes(wanted)),
  );
  return { shown: found.slice(0, MOST_SHOWN), total: found.length };
}
