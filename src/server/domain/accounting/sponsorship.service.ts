import { AppError } from '../../../shared/errors/app-error.ts';
import { parseExperimentCode } from '../../../shared/model/experiment-code.ts';
import { allows } from '../../../shared/permissions/permission-table.ts';
import type { Database, Queryable, Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { rolesIn } from '../experiments/experiment.policy.ts';
import { ownsLicence, requireOwned } from './accounting.policy.ts';
import type { NewSponsorship, SponsorshipView } from './accounting.types.ts';
import { findLicence } from './licence.repository.ts';
import {
  endRule,
  experimentIdOfCode,
  findRule,
  hasInstrument,
  hasTemplate,
  insertRule,
  rulesOfLicence,
} from './sponsorship.repository.ts';

const RULES_SHOWN = 100;

const noSuch = (field: string, message: string) =>
  new AppError('BAD_INPUT', { message, details: { fields: { [field]: message } } });

/** Rules by which licences pay for what others start, kept by admins of the facility and by whose the licence is. How they are used: `shared/model/sponsor.ts`. */
export function createSponsorshipService({ db }: { db: Database }) {
  /** The licence, and whether the caller keeps it as an admin; otherwise it is theirs. */
  async function requirePayer(
    q: Queryable,
    ctx: ServiceContext,
    what: 'licence' | 'rule',
    licenceId: string | null,
  ) {
    const found = licenceId === null ? null : await findLicence(q, licenceId);
    if (found && (await ownsLicence(q, ctx, found.licence))) return { licence: found.licence, isOwn: true };
    const { licence } = await requireOwned(q, ctx, what, found, (row) => row.licence.facilityId);
    return { licence, isOwn: false };
  }

  /** What somebody may not see is not there for them. */
  async function seesExperiment(q: Queryable, ctx: ServiceContext, experimentId: string): Promise<boolean> {
    return allows('experiment.view', await rolesIn(q, ctx, experimentId));
  }

  const changed = (
    tx: Transaction,
    ctx: ServiceContext,
    action: string,
    licenceId: string,
    detail: Record<string, unknown>,
  ) => recordAudit(tx, ctx, { action, entityKind: 'licence', entityId: licenceId, detail });

  return {
    async list(ctx: ServiceContext, input: { licenceId: string }): Promise<SponsorshipView[]> {
      const { isOwn } = await requirePayer(db, ctx, 'licence', input.licenceId);
      const rules = await rulesOfLicence(db, input.licenceId, RULES_SHOWN);
      return Promise.all(
        rules.map(async ({ experimentId, ...rule }) => {
          const isHidden = isOwn && experimentId !== null && !(await seesExperiment(db, ctx, experimentId));
          return isHidden ? { ...rule, experimentCode: 'another experiment' } : rule;
        }),
      );
    },

    /** BAD_INPUT, with the field, for an instrument, experiment or template that is not there, and for an end that has passed. */
    async create(ctx: ServiceContext, input: NewSponsorship): Promise<{ ruleId: string }> {
      return db.transaction(async (tx) => {
        const { licence, isOwn } = await requirePayer(tx, ctx, 'licence', input.licenceId);
        const { facilityId } = licence;
        const { instrumentId, templateSlug, validUntil, mostCpuMs } = input;
        if (instrumentId !== null && !(await hasInstrument(tx, facilityId, instrumentId))) {
          throw noSuch('instrumentId', 'There is no such instrument at this facility.');
        }
        if (templateSlug !== null && !(await hasTemplate(tx, templateSlug))) {
          throw noSuch('templateSlug', 'There is no such template.');
        }
        const code = input.experimentCode === null ? null : parseExperimentCode(input.experimentCode);
        const experimentId = code === null ? null : await experimentIdOfCode(tx, facilityId, code);
        const isUnseen = isOwn && experimentId !== null && !(await seesExperiment(tx, ctx, experimentId));
        if (input.experimentCode !== null && (experimentId === null || isUnseen)) {
          throw noSuch('experimentCode', 'There is no such experiment at this facility.');
        }
        if (validUntil !== null && validUntil <= ctx.now()) {
          throw noSuch('validUntil', 'has passed already');
        }
        const ruleId = ctx.newId();
        const rule = { instrumentId, experimentId, templateSlug, validUntil, mostCpuMs };
        await insertRule(tx, { id: ruleId, licenceId: licence.id, ...rule, createdAt: ctx.now() });
        const until = validUntil?.toISOString() ?? null;
        const detail = { facilityId, ruleId, ...rule, validUntil: until };
        await changed(tx, ctx, 'licence.sponsor', licence.id, detail);
        return { ruleId };
      });
    },

    /** From now on it pays for nothing new; what it was set aside for is charged as it was promised. */
    async end(ctx: ServiceContext, input: { ruleId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const rule = await findRule(tx, input.ruleId);
        const { licence } = await requirePayer(tx, ctx, 'rule', rule?.licenceId ?? null);
        if (!(await endRule(tx, input.ruleId, ctx.now()))) {
          throw new AppError('ALREADY_DONE', 'This rule was ended already.');
        }
        const { id, facilityId } = licence;
        await changed(tx, ctx, 'licence.endSponsorship', id, { facilityId, ruleId: input.ruleId });
      });
    },
  };
}

export type SponsorshipService = ReturnType<typeof createSponsorshipService>;
