/// <reference lib="webworker" />
import { crc32c } from '#src/shared/codecs/crc32c.ts';
import { Sha256 } from '#src/shared/codecs/sha256.ts';
import { FINGERPRINT_BYTES } from '#src/shared/model/browser-upload.ts';

/** What is asked of one file; `stop` of one whose answers nobody waits for any more. */
export type HashRequest =
  | { id: number; ask: 'beginning'; file: File }
  | { id: number; ask: 'parts'; file: File; partBytes: number }
  | { id: number; ask: 'stop' };

export type HashAnswer =
  | { id: number; beginning: string }
  | { id: number; partNumber: number; sizeBytes: number; crc32c: string }
  | { id: number; sha256: string }
  /** It cannot be read: gone or changed since it was chosen. */
  | { id: number; unreadable: string };

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
const stopped = new Set<number>();
const tell = (answer: HashAnswer) => scope.postMessage(answer);
/** Read at once: a part may be of half a gigabyte. */
const PIECE_BYTES = 4 * 1024 * 1024;

async function* piecesOf(blob: Blob): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < blob.size; at += PIECE_BYTES) {
    yield new Uint8Array(await blob.slice(at, at + PIECE_BYTES).arrayBuffer());
  }
}

/** Each part's CRC32C as soon as it is read, which lets it be sent; the SHA-256 of the whole at the end. */
async function hashParts(id: number, file: File, partBytes: number): Promise<void> {
  const sha256 = new Sha256();
  const parts = Math.max(1, Math.ceil(file.size / partBytes));
  for (let partNumber = 1; partNumber <= parts; partNumber++) {
    const part = file.slice((partNumber - 1) * partBytes, partNumber * partBytes);
    let crc = 0;
    for await (const piece of piecesOf(part)) {
      if (stopped.delete(id)) return;
      crc = crc32c(piece, crc);
      sha256.update(piece);
    }
    tell({ id, partNumber, sizeBytes: part.size, crc32c: crc.toString(16).padStart(8, '0') });
  }
  tell({ id, sha256: sha256.hex() });
}

async function answer(request: HashRequest): Promise<void> {
  if (request.ask === 'stop') {
    stopped.add(request.id);
    return;
  }
  const { id, file } = request;
  try {
    if (request.ask === 'parts') {
      await hashParts(id, file, request.partBytes);
      return;
    }
    const bytes = new Uint8Array(await file.slice(0, FINGERPRINT_BYTES).arrayBuffer());
    tell({ id, beginning: new Sha256().update(bytes).hex() });
  } catch {
    tell({ id, unreadable: file.name });
  }
}

scope.onmessage = ({ data }: MessageEvent<HashRequest>) => void answer(data);
