import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../../db/client.ts';
import type { Principal, ServiceContext } from '../context.ts';
import { findAnswer, insertAnswer, removeAnswers, setAnswer } from './kept-answer.repository.ts';

/** So long a request may be repeated with its key. */
export const KEEP_ANSWERS_MS = 24 * 3600 * 1000;

type TokenContext = ServiceContext & { principal: Extract<Principal, { kind: 'token' }> };

/**
 * Runs what creates something once for a key of the token, however often and however simultaneously it is asked for: the key, what is created and
 * its answer are one transaction, so that a process killed on the way leaves none of them. What fails keeps no key. CONFLICT when the key was
 * used for another request.
 * @param run is given the transaction as a database: what it begins there are savepoints
 */
export async function answerOnce(
  db: Database,
  ctx: TokenContext,
  asked: { key: string; requestHash: string; status: number },
  run: (db: Database) => Promise<unknown>,
): Promise<{ status: number; answer: unknown; isRepeated: boolean }> {
  const { tokenId } = ctx.principal;
  const { key, requestHash, status } = asked;
  return db.transaction(async (tx) => {
    const now = ctx.now();
    await removeAnswers(tx, tokenId, new Date(now.getTime() - KEEP_ANSWERS_MS));
    // Waits for a request with the same key that is under way.
    const row = { tokenId, key, requestHash, status, answer: {}, createdAt: now };
    if (!(await insertAnswer(tx, row))) {
      const kept = await findAnswer(tx, tokenId, key);
      if (!kept) throw new AppError('CONFLICT');
      if (kept.requestHash !== requestHash) {
        throw new AppError('CONFLICT', 'This Idempotency-Key was used for another request. Take a new one.');
      }
      return { status: kept.status, answer: kept.answer, isRepeated: true };
    }
    const answer = await run(tx as unknown as Database);
    await setAnswer(tx, tokenId, key, answer);
    return { status, answer, isRepeated: false };
  });
}
