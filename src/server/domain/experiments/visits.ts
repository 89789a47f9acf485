import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { makeExperiment, withoutAccount } from './create-experiment.ts';
import { writeFields } from './edit-experiment.ts';
import {
  type ExperimentRow,
  type InstrumentRow,
  requireExperiment,
  requireInstrument,
} from './experiment.policy.ts';
import { findLink, lockVisit, membersOf, putLink } from './visit.repository.ts';
import type { UpsertedVisit, UpsertOutcome, UpsertVisitInput, VisitPiOutcome } from './visit.types.ts';
import { personOfVisit, upsertPeople } from './visit-people.ts';
import { upsertVisitSamples } from './visit-samples.ts';

/** The experiment of a visit that is known. NOT_FOUND for who does not see it, CONFLICT when it is at another instrument; null for a new visit. */
export async function experimentOfVisit(
  tx: Transaction,
  ctx: ServiceContext,
  instrument: InstrumentRow,
  visit: string,
): Promise<ExperimentRow | null> {
  const known = await findLink(tx, instrument.facilityId, 'visit', visit);
  if (!known) return null;
  const row = await requireExperiment(tx, ctx, known.entityId, 'experiment.plan');
  if (row.instrumentId !== instrument.id)
    throw new AppError('CONFLICT', `The visit ${visit} is ${row.code}, at another instrument.`);
  return row;
}

/** The ownership is never taken from anybody: it is handed over with consent, so that a new PI of the visit waits for that. */
async function outcomeOfPi(
  tx: Transaction,
  experimentId: string,
  pi: { id: string } | null,
): Promise<VisitPiOutcome> {
  if (!pi) return 'no-account';
  const owner = (await membersOf(tx, experimentId)).find(({ role }) => role === 'owner');
  return owner?.personId === pi.id ? 'owner' : 'owner-stays';
}

/** Visits of a user office: told again and again, each time with all that is known, and changing only what differs. */
export function createVisits({ db }: { db: Database }) {
  /** The experiment of the visit, made when there is none. */
  async function upsertExperiment(
    tx: Transaction,
    ctx: ServiceContext,
    instrument: InstrumentRow,
    input: UpsertVisitInput,
  ): Promise<{ row: ExperimentRow; outcome: UpsertOutcome; pi: VisitPiOutcome; piId: string | null }> {
    const { facilityId } = instrument;
    const { title, keywords, plannedStart, plannedEnd, proprietary, embargoUntil, terms } = input;
    const pi = await personOfVisit(tx, ctx, facilityId, input.pi);
    const row = await experimentOfVisit(tx, ctx, instrument, input.visit);
    if (!row) {
      if (!pi) {
        const message = withoutAccount(input.pi.email);
        throw new AppError('BAD_INPUT', { message, details: { fields: { 'pi.email': message } } });
      }
      const plan = { plannedStart, plannedEnd, embargoUntil, terms, proprietary: proprietary ?? true };
      const fields = { ...plan, title, keywords: keywords ?? [], externalIds: [] };
      const owner = { ...pi, origin: 'user-office' as const };
      const made = await makeExperiment(tx, ctx, instrument, owner, fields);
      return { row: made, outcome: 'created', pi: 'owner', piId: pi.id };
    }
    const fields = { title, keywords, plannedStart, plannedEnd, proprietary, embargoUntil, terms };
    const changed = await writeFields(tx, ctx, row, row.version, { ...fields, piName: pi?.name });
    const outcome = changed === row.version ? 'unchanged' : 'updated';
    return { row, outcome, pi: await outcomeOfPi(tx, row.id, pi), piId: pi?.id ?? null };
  }

  return {
    /**
     * Writes a visit by its external id. The first time an experiment is made; then only what differs is changed, so that the same call again
     * changes nothing. Everything in one transaction; each item is told. Staff of the instrument.
     */
    async upsertVisit(ctx: ServiceContext, input: UpsertVisitInput): Promise<UpsertedVisit> {
      return db.transaction(async (tx) => {
        const instrument = await requireInstrument(tx, ctx, input.instrumentId, 'instrument.activate');
        const { facilityId } = instrument;
        await lockVisit(tx, facilityId, input.visit);
        const { row, outcome, pi, piId } = await upsertExperiment(tx, ctx, instrument, input);
        const link = await findLink(tx, facilityId, 'visit', input.visit);
        const proposal = input.proposal ?? link?.detail.proposal;
        // Many visits have one proposal: it is kept with each.
        if (!link || link.detail.proposal !== proposal) {
          const key = { facilityId, kind: 'visit' as const, value: input.visit };
          await putLink(tx, { ...key, entityId: row.id, detail: { proposal }, createdAt: ctx.now() });
        }
        const where = { experimentId: row.id, facilityId, visit: input.visit, piId };
        const people = input.people ? await upsertPeople(tx, ctx, where, input.people) : [];
        const samples = input.samples ? await upsertVisitSamples(tx, ctx, where, input.samples) : [];
        const written = samples.filter((sample) => sample.outcome !== 'unchanged').length;
        if (written > 0) {
          await recordAudit(tx, ctx, {
            action: 'sample.upsert',
            entityKind: 'experiment',
            entityId: row.id,
            experimentId: row.id,
            detail: { written, visit: input.visit },
          });
          await publish(tx, ctx, {
            topics: [`experiment:${row.id}`],
            kind: 'experiment.changed',
            data: { experimentId: row.id },
          });
        }
        return { experimentId: row.id, code: row.code, experiment: outcome, pi, people, samples };
      });
    },
  };
}
