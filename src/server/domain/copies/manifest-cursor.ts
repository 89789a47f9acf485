import { AppError } from '../../../shared/errors/app-error.ts';
import { isUuid } from '../../../shared/model/uuid.ts';

/** Where a reader of the manifest stands: within the list by path, or behind it among the changes. */
export type ManifestCursor =
  | {
      kind: 'list';
      /** Changes of this transaction and later ones may be missing in the list and come after it. */
      txid: string;
      after: string;
    }
  | { kind: 'changes'; txid: string; fileId: string };

const encode = (text: string) => Buffer.from(text, 'utf8').toString('base64url');

export function writeCursor(cursor: ManifestCursor): string {
  return cursor.kind === 'list'
    ? `list.${cursor.txid}.${encode(cursor.after)}`
    : `changes.${cursor.txid}.${cursor.fileId}`;
}

/** Throws BAD_INPUT. */
export function readCursor(text: string): ManifestCursor {
  const [kind, txid, rest, ...more] = text.split('.');
  if (more.length === 0 && txid !== undefined && rest !== undefined && /^\d{1,18}$/.test(txid)) {
    const after = Buffer.from(rest, 'base64url').toString('utf8');
    if (kind === 'list' && !after.includes('\0')) return { kind, txid, after };
    if (kind === 'changes' && isUuid(rest)) return { kind, txid, fileId: rest };
  }
  throw new AppError('BAD_INPUT', 'The cursor is not one of a manifest; begin without one.');
}
