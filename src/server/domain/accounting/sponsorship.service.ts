import { AppError } from '../../../shared/errors/app-error.ts';
import { parseExperimentCode } from '../../../shared/model/experiment-code.ts';
import type { Database, Queryable, Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { requireOwned } from './accounting.policy.ts';
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

/** Rules by which licences pay for what others start, kept by admins of the facility. How they are used: `shared/model/sponsor.ts`. */
export function createSponsorshipService({ db }: { db: Database }) {
  const requireLicence = async (q: Queryable, ctx: ServiceContext, licenceId: string) =>
    requireOwned(q, ctx, 'licence', await findLicence(q, licenceId), (row) => row.licence.facilityId);

  const changed = (
    tx: Transaction,
    ctx: ServiceContext,
    action: string,
    licenceId: string,
    detail: Record<string, unknown>,
  ) => recordAudit(tx, ctx, { action, entityKind: 'licence', entityId: licenceId, detail });

  return {
    async list(ctx: ServiceContext, input: { licenceId: string }): Promise<SponsorshipView[]> {
      await requireLicence(db, ctx, input.licenceId);
      return rulesOfLicence(db, input.licenceId, RULES_SHOWN);
    },

    /** BAD_INPUT, with the field, for an instrument, experiment or template that is not there, and for an end that has passed. */
    async create(ctx: ServiceContext, input: NewSponsorship): Promise<{ ruleId: string }> {
      return db.transaction(async (tx) => {
        const { licence } = await requireLicence(tx, ctx, input.licenceId);
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
        if (input.experimentCode !== null && experimentId === null) {
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
        const licence = rule && (await findLicence(tx, rule.licenceId));
        const row = await requireOwned(tx, ctx, 'rule', licence, (found) => found.licence.facilityId);
        if (!(await endRule(tx, input.ruleId, ctx.now()))) {
          throw new AppError('ALREADY_DONE', 'This rule was ended already.');
        }
        const { id, facilityId } = row.licence;
        await changed(tx, ctx, 'licence.endSponsorship', id, { facilityId, ruleId: input.ruleId });
      });
    },
  };
}

export type SponsorshipService = ReturnType<typeof createSponsorshipService>;
