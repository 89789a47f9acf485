import type { Queryable, Transaction } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { basesLike, upsertSample } from './series.repository.ts';

/** Bases of datasets of the experiment that begin like this one. */
export const basesOfExperiment = (q: Queryable, experimentId: string, base: string): Promise<Set<string>> =>
  basesLike(q, experimentId, base);

/** The sample of this name in the experiment, made when it is new. Returns its id. */
export const sampleOf = (
  tx: Transaction,
  ctx: ServiceContext,
  experimentId: string,
  name: string,
): Promise<string> => upsertSample(tx, { id: ctx.newId(), experimentId, name, createdAt: ctx.now() });
