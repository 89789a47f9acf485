import { createHash } from 'node:crypto';

/**
 * The id under which the server knows a file of a series (a UUID of version 8). It follows from series and number, so that
 * a file the journal could not note before a kill is the same file to the server afterwards. Number 0 is the master.
 */
export function fileClientId(seriesKey: string, number: number): string {
  const hash = createHash('sha256').update(`${seriesKey} ${number}`).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x80;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
