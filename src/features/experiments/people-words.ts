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

/**
 * Who let somebody in, for the table: of those who came with a visit the user office, whoever of us wrote it. Without anybody on record: put in by the
 * operator, or an Owner from before this was kept.
 */
export const letInBy = ({ origin, addedBy }: { origin: 'person' | 'user-office'; addedBy: string | null }) =>
  origin === 'user-office' ? 'the user office' : (addedBy ?? 'not recorded');

/** How many people are in the table, of those that match and of all. */
export function peopleShown({
  shown,
  found,
  total,
}: {
  shown: number;
  found: number;
  total: number;
}): string {
  if (found === 0) return 'Nobody matches.';
  const people = total === 1 ? '1 person' : `${total} people`;
  if (shown < found) return found < total ? `${shown} of ${found} that match` : `${shown} of ${people}`;
  return found < total ? `${found} of ${people}` : people;
}
