import { AppError } from '#src/shared/errors/app-error.ts';
import type { PartReceipt } from './object-store.port.ts';

/**
 * Compares the parts somebody declares at the end of an upload with those that are stored and proved. Throws BAD_INPUT when the declared
 * ones do not make up a whole, CHECKSUM_MISMATCH, with the part numbers at fault, when the stored ones are not they.
 *
 * @param unproved numbers of stored parts of which nothing is known but that they are there
 */
export function checkDeclaredParts(
  stored: readonly PartReceipt[],
  declared: readonly PartReceipt[],
  sizeBytes: number,
  partBytes: number,
  unproved: readonly number[] = [],
): void {
  const byNumber = new Map(stored.map((receipt) => [receipt.partNumber, receipt]));
  const missing: number[] = [];
  const different: number[] = [];
  for (const [index, part] of declared.entries()) {
    const last = index === declared.length - 1;
    const full = last ? part.sizeBytes <= partBytes : part.sizeBytes === partBytes;
    if (part.partNumber !== index + 1 || !full) {
      throw new AppError(
        'BAD_INPUT',
        'The parts must be numbered 1, 2, … without gaps, all but the last of equal size.',
      );
    }
    const receipt = byNumber.get(part.partNumber);
    if (!receipt) missing.push(part.partNumber);
    else if (receipt.sizeBytes !== part.sizeBytes || receipt.crc32c !== part.crc32c)
      different.push(part.partNumber);
  }
  if (declared.reduce((sum, part) => sum + part.sizeBytes, 0) !== sizeBytes) {
    throw new AppError('BAD_INPUT', 'The sizes of the parts do not add up to the size of the file.');
  }
  const beyond = [...stored.map(({ partNumber }) => partNumber), ...unproved]
    .filter((partNumber) => partNumber > declared.length)
    .sort((a, b) => a - b);
  if (missing.length + different.length + beyond.length > 0) {
    throw new AppError('CHECKSUM_MISMATCH', {
      message: 'The stored parts are not the declared ones.',
      details: { missing, different, beyond },
    });
  }
}
