import { AppError } from '../../shared/errors/app-error.ts';

/** A place in the order of events: everything up to and including (txid, seq) has been seen. 64-bit, so text and bigint. */
export interface OutboxCursor {
  txid: bigint;
  seq: bigint;
}

export const cursorText = (cursor: OutboxCursor): string => `${cursor.txid}-${cursor.seq}`;

/** Throws BAD_INPUT for anything that `cursorText` did not make. */
export function parseCursor(text: string): OutboxCursor {
  const match = /^(\d{1,19})-(\d{1,19})$/.exec(text);
  if (!match) throw new AppError('BAD_INPUT', 'The last event id is not one of ours.');
  return { txid: BigInt(match[1]!), seq: BigInt(match[2]!) };
}

export const isBehind = (a: OutboxCursor, b: OutboxCursor): boolean =>
  a.txid < b.txid || (a.txid === b.txid && a.seq < b.seq);
