import { AppError } from '../../../shared/errors/app-error.ts';
import type { GivenRole } from '../../../shared/permissions/permission-table.ts';
import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { withdrawBeyond } from '../invitations/withdraw-beyond.ts';
import { composeMail, plainLine } from '../mail/compose-mail.ts';
import { writeMail } from '../mail/write-mail.ts';
import { type HeirRow, lockOwnedByDisabled, othersIn, ownedByDisabled } from './disabled-owner.repository.ts';
import { requireFacility } from './experiment.policy.ts';
import { memberChanged } from './let-in.ts';
import { updateRole } from './membership.repository.ts';
import { endOffers } from './ownership.ts';

/** More of them are shown when some of these have an Owner again. */
const MOST_SHOWN = 100;
const KEEP_NEWS_MS = 14 * 24 * 3600 * 1000;

/** Somebody to whom the ownership may be given. */
export interface Heir {
  id: string;
  name: string;
  email: string;
  role: GivenRole;
}

/** An experiment or a project without an Owner who can sign in: by its code alone, as admins see no data. */
export interface WithoutOwner {
  experimentId: string;
  code: string;
  owner: { id: string; name: string; email: string };
  disabledAt: Date;
  /** Its Managers; where it has none that can sign in, its Members, else its Viewers. May be empty. */
  heirs: Heir[];
}

/** Those of the highest role that anybody has: the ownership goes to who is next in rights, so that nobody rises past a Manager. */
function heirsAmong(others: readonly HeirRow[]): Heir[] {
  const role = others[0]?.role;
  return others
    .filter((each) => each.role === role)
    .map(({ id, name, email }) => ({ id, name, email, role: role as GivenRole }));
}

/** What becomes of what disabled accounts own: an admin gives it to somebody who is in it already. */
export function createDisabledOwners({ db }: { db: Database }) {
  return {
    /** At most a hundred, those longest without an Owner first. */
    async withoutOwner(ctx: ServiceContext, input: { facilityId: string }): Promise<WithoutOwner[]> {
      await requireFacility(db, ctx, input.facilityId, 'facility.people');
      const rows = await ownedByDisabled(db, input.facilityId, MOST_SHOWN);
      const ids = rows.map(({ experimentId }) => experimentId);
      const others = await othersIn(db, ids);
      return rows.map(({ experimentId, code, owner, disabledAt }) => ({
        ...{ experimentId, code, owner, disabledAt: disabledAt! },
        heirs: heirsAmong(others.filter((each) => each.experimentId === experimentId)),
      }));
    },

    /**
     * From this moment the person is the Owner and the disabled one a Manager; the new Owner is told by mail. CONFLICT when the Owner can sign in, for
     * oneself, and for somebody who is not next in rights.
     */
    async giveOwnership(
      ctx: ServiceContext,
      input: { facilityId: string; experimentId: string; personId: string },
    ): Promise<void> {
      const { facilityId, experimentId, personId } = input;
      await db.transaction(async (tx) => {
        await requireFacility(tx, ctx, facilityId, 'facility.people');
        const row = await lockOwnedByDisabled(tx, facilityId, experimentId);
        if (!row) {
          throw new AppError(
            'CONFLICT',
            'This has an Owner who can sign in. Only the Owner can hand it over.',
          );
        }
        if (actingPerson(ctx) === personId) {
          throw new AppError('CONFLICT', 'You cannot give it to yourself. Ask another admin.');
        }
        const heir = heirsAmong(await othersIn(tx, [experimentId])).find(({ id }) => id === personId);
        if (!heir) {
          throw new AppError(
            'CONFLICT',
            'This person is not, or no longer, next in rights in it. Look again.',
          );
        }
        await endOffers(tx, ctx, { experimentId });
        // First the one, then the other: no moment, not even within the transaction, has two Owners.
        const gave = await updateRole(tx, {
          ...{ experimentId, personId: row.owner.id, from: 'owner', to: 'manager' },
        });
        const took = gave && (await updateRole(tx, { experimentId, personId, from: heir.role, to: 'owner' }));
        if (!took) throw new AppError('CONFLICT');
        await recordAudit(tx, ctx, {
          ...{ action: 'ownership.given', entityKind: 'person', entityId: personId, experimentId },
          detail: { from: row.owner.id, to: personId },
        });
        const change = (id: string, from: string, to: string) =>
          memberChanged(tx, ctx, experimentId, id, 'member.role', { from, to });
        await change(row.owner.id, 'owner', 'manager');
        await change(personId, heir.role, 'owner');
        await withdrawBeyond(tx, ctx, { experimentId, personId: row.owner.id, left: ['manager'] });
        const former = plainLine(row.owner.name);
        await writeMail(tx, ctx, {
          dedupeKey: `ownership-given:${experimentId}:${ctx.newId()}`,
          ...{ kind: 'ownership-given' as const, to: heir.email, personId },
          body: composeMail({
            subject: `You are the Owner of ${row.code} now`,
            greeting: `Hello ${plainLine(heir.name)},`,
            before: [
              `the account of ${former}, who owned ${row.code}, is disabled, and an admin of the facility has made you its Owner. The Owner names Managers and decides about raw data; there is exactly one.`,
            ],
            action: 'Open it',
            after: [
              'You can hand the ownership on to somebody else in it at any time, on its page of people.',
            ],
          }),
          link: row.kind === 'project' ? `/projects/${row.code}` : `/experiments/${row.code}/people`,
          uselessAt: new Date(ctx.now().getTime() + KEEP_NEWS_MS),
        });
      });
    },
  };
}
