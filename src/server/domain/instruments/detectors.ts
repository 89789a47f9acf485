import type { Transaction } from '../../db/client.ts';
import { type SeenDetector, upsertDetector } from './detector.repository.ts';

/** Notes that a detector was seen, in the transaction of the series it was seen by. What a series does not say stays as an earlier one said it. */
export async function noteDetector(tx: Transaction, seen: SeenDetector): Promise<void> {
  await upsertDetector(tx, seen);
}
