import { AppError } from '../../../shared/errors/app-error.ts';
import { makeExperimentCode } from '../../../shared/model/experiment-code.ts';
import type { Transaction } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import type { ContainerRow } from './access.repository.ts';
import { insertExperiment, type NewExperiment, personName } from './experiment.repository.ts';
import { insertMembership } from './membership.repository.ts';

/** 32^5 codes per facility and year: a second draw is rare, a fifth means that something else is wrong. */
const CODE_DRAWS = 5;

/** Inserts an experiment or a project under a code that nothing has yet, with its Owner, whose name stands with it. */
export async function insertWithFreshCode(
  tx: Transaction,
  ctx: ServiceContext,
  facilityCode: string,
  owner: { personId: string; addedBy?: string | null; origin?: 'person' | 'user-office' },
  wanted: Omit<NewExperiment, 'code' | 'piName'>,
): Promise<ContainerRow> {
  const row = { ...wanted, piName: (await personName(tx, owner.personId))! };
  for (let draw = 0; draw < CODE_DRAWS; draw++) {
    const code = makeExperimentCode(
      facilityCode,
      row.createdAt.getUTCFullYear(),
      [...ctx.randomBytes(5)].map((byte) => byte & 31),
    );
    const inserted = await insertExperiment(tx, { ...row, code });
    if (!inserted) continue;
    const { id: experimentId, createdAt } = inserted;
    await insertMembership(tx, { ...owner, experimentId, role: 'owner', createdAt });
    return inserted;
  }
  throw new AppError('UNAVAILABLE', `No free code after ${CODE_DRAWS} draws.`);
}
