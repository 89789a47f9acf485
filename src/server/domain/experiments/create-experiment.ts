import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { setStrategy } from '../triggers/strategy-choice.ts';
import { type ExperimentRow, experimentOnly, type InstrumentRow } from './access.repository.ts';
import { requireInstrument, rolesIn } from './experiment.policy.ts';
import { facilityOf, insertExternalIds } from './experiment.repository.ts';
import type { CreateExperimentInput, ExperimentView } from './experiment.types.ts';
import { toView } from './experiment-view.ts';
import { insertWithFreshCode } from './fresh-code.ts';
import { findPersonByEmail, type PersonName } from './membership.repository.ts';

/** Many visits have one proposal: beside a visit it is kept with that, as `upsertVisit` keeps it; alone it is of this experiment only. */
function proposalWithVisit(wanted: CreateExperimentInput['externalIds']) {
  const proposal = wanted.find(({ kind }) => kind === 'proposal');
  if (!proposal || !wanted.some(({ kind }) => kind === 'visit')) return wanted;
  return wanted
    .filter((each) => each !== proposal)
    .map((each) => (each.kind === 'visit' ? { ...each, detail: { proposal: proposal.value } } : each));
}

/** Makes an experiment in Preparation in the transaction, whose Owner is the PI; rights are checked by the caller. CONFLICT when an external id is taken. */
export async function makeExperiment(
  tx: Transaction,
  ctx: ServiceContext,
  instrument: InstrumentRow,
  pi: PersonName & { origin: 'person' | 'user-office' },
  wanted: Omit<CreateExperimentInput, 'instrumentId' | 'piEmail' | 'strategyId'>,
): Promise<ExperimentRow> {
  const facility = (await facilityOf(tx, instrument.facilityId))!;
  const owner = { personId: pi.id, origin: pi.origin, addedBy: actingPerson(ctx) };
  const inserted = await insertWithFreshCode(tx, ctx, facility.code, owner, {
    id: ctx.newId(),
    facilityId: facility.id,
    instrumentId: instrument.id,
    title: wanted.title,
    keywords: wanted.keywords,
    state: 'preparation',
    plannedStart: wanted.plannedStart ?? null,
    plannedEnd: wanted.plannedEnd ?? null,
    proprietary: wanted.proprietary,
    embargoUntil: wanted.embargoUntil ?? null,
    terms: wanted.terms ?? '',
    createdAt: ctx.now(),
  });
  const row = experimentOnly(inserted)!;
  const externalIds = proposalWithVisit(wanted.externalIds);
  const linked = await insertExternalIds(
    tx,
    externalIds.map((external) => ({
      ...external,
      facilityId: facility.id,
      entityId: row.id,
      createdAt: row.createdAt,
    })),
  );
  if (linked !== externalIds.length) {
    throw new AppError('CONFLICT', 'One of the external ids already belongs to something else.');
  }
  await recordAudit(tx, ctx, {
    action: 'experiment.create',
    entityKind: 'experiment',
    entityId: row.id,
    experimentId: row.id,
    detail: { code: row.code, title: row.title, owner: pi.id },
  });
  await publish(tx, ctx, {
    topics: [`experiment:${row.id}`, `person:${pi.id}`],
    kind: 'member.changed',
    data: { experimentId: row.id },
  });
  await publish(tx, ctx, {
    topics: [`instrument:${instrument.id}`],
    kind: 'experiment.changed',
    data: { experimentId: row.id },
  });
  return row;
}

export const withoutAccount = (email: string) =>
  `${email} has no account yet. The principal investigator becomes Owner, so create the account first.`;

export function createCreation({ db }: { db: Database }) {
  return {
    /** A new experiment in Preparation; its PI, who needs an account, becomes Owner. For staff of the instrument. */
    async create(ctx: ServiceContext, wanted: CreateExperimentInput): Promise<ExperimentView> {
      return db.transaction(async (tx) => {
        const instrument = await requireInstrument(tx, ctx, wanted.instrumentId, 'instrument.activate');
        const pi = await findPersonByEmail(tx, wanted.piEmail);
        if (!pi) {
          const message = withoutAccount(wanted.piEmail);
          throw new AppError('BAD_INPUT', { message, details: { fields: { piEmail: message } } });
        }
        const row = await makeExperiment(tx, ctx, instrument, { ...pi, origin: 'person' }, wanted);
        const { strategyId = null } = wanted;
        if (strategyId !== null) await setStrategy(tx, ctx, row, strategyId);
        return toView(row, instrument, null, await rolesIn(tx, ctx, row.id));
      });
    },
  };
}
