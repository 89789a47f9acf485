import { AppError } from '../../../shared/errors/app-error.ts';
import { parseExperimentCode } from '../../../shared/model/experiment-code.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import { allows } from '../../../shared/permissions/permission-table.ts';
import type { Database } from '../../db/client.ts';
import { isOnlyFacility } from '../../db/people-of-facility.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { requireFacility, rolesIn } from '../experiments/experiment.policy.ts';
import {
  type AuditFilter,
  type AuditRow,
  experimentOfFacility,
  knownActions,
  namesOf,
  principalsNamed,
  searchAudit,
} from './audit.repository.ts';
import type { AuditEntryView, AuditSearch } from './audit.types.ts';
import { auditCsvHead, auditCsvLine } from './audit-csv.ts';
import { withoutNames } from './audit-detail.ts';

/** More people of a name than this are not told apart: the search must be narrower. */
const MOST_PRINCIPALS = 200;
const EXPORT_PAGE = 1000;

/** The audit trail of a facility, for its admins: who did what when, without names of data. */
export function createAuditService({ db }: { db: Database }) {
  /** Null when nothing can match. */
  async function filterOf(input: AuditSearch): Promise<Omit<AuditFilter, 'limit'> | null> {
    const { facilityId, action, from, until } = input;
    const filter: Omit<AuditFilter, 'limit'> = { facilityId, action: action || undefined, from, until };
    const who = input.who?.trim();
    if (who) {
      const named = await principalsNamed(db, facilityId, who, MOST_PRINCIPALS);
      filter.who = { ids: named, systemName: who };
    }
    const typed = input.experimentCode?.trim();
    if (typed) {
      const code = parseExperimentCode(typed);
      if (code === null) {
        const message = `“${typed}” is no experiment code; they look like DEM26-7K2QF.`;
        throw new AppError('BAD_INPUT', { message, details: { fields: { experimentCode: message } } });
      }
      const found = await experimentOfFacility(db, facilityId, code);
      if (!found) return null;
      filter.experimentId = found.id;
    }
    return filter;
  }

  /** What is shown of rows; `seen` remembers between pages which experiments the caller sees. */
  async function shown(
    ctx: ServiceContext,
    rows: readonly AuditRow[],
    seen: Map<string, boolean>,
  ): Promise<AuditEntryView[]> {
    for (const { experimentId } of rows) {
      if (experimentId === null || seen.has(experimentId)) continue;
      seen.set(experimentId, allows('experiment.view', await rolesIn(db, ctx, experimentId)));
    }
    const ids = rows.flatMap(({ principalId, entityId }) => [principalId, entityId]);
    const known = ids.filter((id): id is string => id !== null && isUuid(id));
    const names = await namesOf(db, [...new Set(known)]);
    return rows.map(({ principalKind, principalId, experimentId, ...row }) => {
      const by = principalId === null ? undefined : names.get(principalId);
      const whole = experimentId !== null && seen.get(experimentId) === true;
      const visible = whole ? { detail: row.detail, withheld: 0 } : withoutNames({ ...row, experimentId });
      return {
        ...row,
        ...visible,
        entityName: names.get(row.entityId ?? '')?.name ?? null,
        who: {
          kind: principalKind,
          id: principalId,
          name: by?.name ?? principalId ?? 'somebody not signed in',
          email: by?.email ?? null,
        },
      };
    });
  }

  return {
    /** Newest first. */
    async search(
      ctx: ServiceContext,
      input: AuditSearch & { cursor?: number | null; limit?: number },
    ): Promise<{ items: AuditEntryView[]; nextCursor: number | null }> {
      await requireFacility(db, ctx, input.facilityId, 'facility.audit');
      const filter = await filterOf(input);
      if (filter === null) return { items: [], nextCursor: null };
      const limit = input.limit ?? 100;
      const scoped = !(await isOnlyFacility(db, input.facilityId));
      const page = { ...filter, before: input.cursor ?? undefined, limit: limit + 1 };
      const rows = await searchAudit(db, page, scoped);
      const items = await shown(ctx, rows.slice(0, limit), new Map());
      return { items, nextCursor: rows.length > limit ? items.at(-1)!.id : null };
    },

    /** The actions there are rows of, for choosing. Words of the product, the same for every facility. */
    async actions(ctx: ServiceContext, input: { facilityId: string }): Promise<string[]> {
      await requireFacility(db, ctx, input.facilityId, 'facility.audit');
      return knownActions(db);
    },

    /** All that matches as CSV (RFC 4180), piece by piece, newest first; taking it away is in the trail as well. */
    async openExport(ctx: ServiceContext, input: AuditSearch): Promise<AsyncGenerator<string>> {
      await requireFacility(db, ctx, input.facilityId, 'facility.audit');
      const filter = await filterOf(input);
      const scoped = !(await isOnlyFacility(db, input.facilityId));
      await recordAudit(db, ctx, {
        action: 'audit.export',
        entityKind: 'facility',
        entityId: input.facilityId,
        detail: { from: input.from?.toISOString() ?? null, until: input.until?.toISOString() ?? null },
      });
      async function* pieces() {
        yield auditCsvHead;
        const seen = new Map<string, boolean>();
        let before: number | undefined;
        while (filter !== null) {
          const rows = await searchAudit(db, { ...filter, before, limit: EXPORT_PAGE }, scoped);
          const views = await shown(ctx, rows, seen);
          if (views.length > 0) yield views.map(auditCsvLine).join('');
          if (rows.length < EXPORT_PAGE) return;
          before = rows.at(-1)!.id;
        }
      }
      return pieces();
    },
  };
}

export type AuditService = ReturnType<typeof createAuditService>;
