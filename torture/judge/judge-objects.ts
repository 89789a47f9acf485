import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import type { Finding } from './findings.ts';
import type { ReadableStore } from './store-view.ts';

const READ_BYTES = 1024 * 1024;

/** SHA-256 of a file, hex, and its size; null when it is not there. */
export function hashFile(file: string): { sha256: string; sizeBytes: number } | null {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.alloc(READ_BYTES);
    let sizeBytes = 0;
    for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer)) {
      hash.update(buffer.subarray(0, read));
      sizeBytes += read;
    }
    return { sha256: hash.digest('hex'), sizeBytes };
  } finally {
    closeSync(fd);
  }
}

/** Whether the store holds exactly what the database says, byte for byte, and nothing else. */
export function judgeObjects(view: ReadableStore): Finding[] {
  const findings: Finding[] = [];
  const recorded = [
    ...view.files.map(({ storeKey, sha256 }) => ({ storeKey, sha256 })),
    ...view.otherKeys.filter((key): key is { storeKey: string; sha256: string } => key.sha256 !== null),
  ];
  for (const { storeKey, sha256 } of recorded) {
    const there = hashFile(path.join(view.folder, storeKey));
    if (there === null) findings.push({ kind: 'lost', count: 1, what: `${storeKey} is not in the store` });
    else if (there.sha256 !== sha256)
      findings.push({ kind: 'lost', count: 1, what: `${storeKey} has other bytes than its source` });
  }
  const known = new Set([...recorded, ...view.otherKeys].map(({ storeKey }) => storeKey));
  for (const key of view.objects) {
    if (!known.has(key))
      findings.push({ kind: 'misplaced', count: 1, what: `${key} is in the store and nobody knows it` });
  }
  return findings;
}
