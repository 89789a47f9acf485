import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { crc32c } from '#src/shared/codecs/crc32c.ts';
import { FileUpload, type KnownPart, RefusedPart, type UploadTools } from './file-upload.ts';

const PART_BYTES = 4;
const hexCrc = (bytes: Uint8Array) => crc32c(bytes).toString(16).padStart(8, '0');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());

/** A store that keeps what arrives, and a line to it that can be cut. */
class Far {
  readonly parts = new Map<string, Map<number, Uint8Array>>();
  readonly byFingerprint = new Map<string, string>();
  readonly completed: { uploadId: string; sha256: string; bytes: string }[] = [];
  readonly sent: number[] = [];
  opened = 0;
  isCut = false;
  /** Called before each part is taken. */
  onPart: (partNumber: number) => void = () => undefined;
  waits = 0;

  #answer(): void {
    if (this.isCut) throw new TypeError('nobody answers');
  }

  #of(uploadId: string): Map<number, Uint8Array> {
    const parts = this.parts.get(uploadId);
    if (!parts) throw new RefusedPart('NOT_FOUND', 'There is no such upload.');
    return parts;
  }

  forget(): void {
    this.parts.clear();
    this.byFingerprint.clear();
  }

  readonly tools: UploadTools = {
    api: {
      open: async ({ fingerprint, path }) => {
        this.#answer();
        const known = this.byFingerprint.get(fingerprint);
        const uploadId = known ?? `upload ${++this.opened}`;
        this.byFingerprint.set(fingerprint, uploadId);
        if (!known) this.parts.set(uploadId, new Map());
        const parts = [...this.#of(uploadId)].map(
          ([partNumber, bytes]): KnownPart => ({
            ...{ partNumber, sizeBytes: bytes.length, crc32c: hexCrc(bytes) },
          }),
        );
        return { uploadId, path, partBytes: PART_BYTES, parts };
      },
      sign: async ({ uploadId, partNumbers }) => {
        this.#answer();
        this.#of(uploadId);
        return { signed: partNumbers.map((partNumber) => ({ url: `${uploadId}/${partNumber}` })) };
      },
      complete: async ({ uploadId, sha256, parts }) => {
        this.#answer();
        const stored = this.#of(uploadId);
        const bytes = Buffer.concat(parts.map(({ partNumber }) => stored.get(partNumber)!));
        this.completed.push({ uploadId, sha256, bytes: bytes.toString() });
        return { fileId: 'file', path: 'work/notes.txt' };
      },
      cancel: async ({ uploadId }) => this.parts.delete(uploadId),
    },
    beginning: async (file) => sha256(await bytesOf(file.slice(0, 5))),
    readParts: async (file, partBytes, onPart, signal) => {
      for (let n = 1; (n - 1) * partBytes < file.size; n++) {
        if (signal.aborted) throw new DOMException('stopped', 'AbortError');
        const bytes = await bytesOf(file.slice((n - 1) * partBytes, n * partBytes));
        onPart({ partNumber: n, sizeBytes: bytes.length, crc32c: hexCrc(bytes) });
      }
      return sha256(await bytesOf(file));
    },
    sendPart: async (url, body, crc, onSent, signal) => {
      const [uploadId, partNumber] = url.split('/') as [string, string];
      this.onPart(Number(partNumber));
      this.#answer();
      if (signal.aborted) throw new TypeError('aborted');
      const bytes = await bytesOf(body);
      expect(hexCrc(bytes)).toBe(crc);
      this.#of(uploadId).set(Number(partNumber), bytes);
      this.sent.push(Number(partNumber));
      onSent(bytes.length);
    },
    untilWorthTrying: async () => {
      this.waits += 1;
      if (this.waits === 3) this.isCut = false;
    },
    isPassing: (error) => error instanceof TypeError,
    codeOf: (error) => (error instanceof RefusedPart ? error.code : null),
  };
}

const TEXT = 'twenty-six bytes of a file';
const notes = (text = TEXT) => new File([text], 'notes.txt', { lastModified: 1_700_000_000_000 });

function begin(far: Far, file = notes()) {
  const states: string[] = [];
  const upload = new FileUpload(
    { file, experimentId: 'e', path: 'work/notes.txt', onClash: 'refuse' },
    far.tools,
    ({ state }) => {
      if (states.at(-1) !== state) states.push(state);
    },
  );
  return { upload, states };
}

describe('a file on its way', () => {
  it('goes in parts, with the SHA-256 of the whole', async () => {
    const far = new Far();
    const { upload } = begin(far);
    await upload.run();
    expect(far.completed).toEqual([{ uploadId: 'upload 1', sha256: sha256(Buffer.from(TEXT)), bytes: TEXT }]);
    expect(upload.view).toMatchObject({ state: 'done', sentBytes: TEXT.length, fileId: 'file' });
  });

  it('waits while the network is away, and sends no part twice that has come', async () => {
    const far = new Far();
    far.onPart = (partNumber) => {
      if (partNumber === 4 && far.waits === 0) far.isCut = true;
    };
    const { upload, states } = begin(far);
    await upload.run();
    expect(states.slice(0, 3)).toEqual(['sending', 'offline', 'sending']);
    expect(states.at(-1)).toBe('done');
    expect(far.completed).toMatchObject([{ bytes: TEXT }]);
    expect([...far.sent].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('goes on in another tab from what the store has, and not with another file of its name', async () => {
    const far = new Far();
    const first = begin(far);
    far.onPart = (partNumber) => {
      if (partNumber === 5) first.upload.pause();
    };
    await first.upload.run();
    expect(first.upload.view.state).toBe('paused');
    far.onPart = () => undefined;
    const before = far.sent.length;
    expect(before).toBeGreaterThan(2);

    const other = begin(far, notes('other bytes, the same name'));
    await other.upload.run();
    expect(far.completed.at(-1)).toMatchObject({ uploadId: 'upload 2', bytes: 'other bytes, the same name' });
    far.sent.length = 0;
    const again = begin(far);
    await again.upload.run();
    expect(far.completed.at(-1)).toMatchObject({ uploadId: 'upload 1', bytes: TEXT });
    expect(far.sent).toHaveLength(7 - before);
  });

  it('goes on after a pause', async () => {
    const far = new Far();
    const { upload } = begin(far);
    far.onPart = (partNumber) => {
      if (partNumber === 3) upload.pause();
    };
    await upload.run();
    far.onPart = () => undefined;
    upload.wait();
    expect(upload.view.state).toBe('waiting');
    await upload.run();
    expect(upload.view.state).toBe('done');
    expect(far.completed).toMatchObject([{ bytes: TEXT }]);
  });

  it('is begun anew when the store has lost it', async () => {
    const far = new Far();
    let isFirst = true;
    far.onPart = (partNumber) => {
      if (partNumber === 3 && isFirst) {
        isFirst = false;
        far.forget();
      }
    };
    const { upload } = begin(far);
    await upload.run();
    expect(far.completed).toMatchObject([{ uploadId: 'upload 2', bytes: TEXT }]);
  });

  it('says why it was refused, and is tried again when asked', async () => {
    const far = new Far();
    const { upload } = begin(far);
    far.onPart = () => {
      throw new RefusedPart('STORE_FULL', 'The store has no space left.');
    };
    await upload.run();
    expect(upload.view).toMatchObject({
      state: 'failed',
      fault: { message: 'The store has no space left.' },
    });
    far.onPart = () => undefined;
    upload.wait();
    await upload.run();
    expect(upload.view.state).toBe('done');
  });

  it('leaves nothing behind when it is cancelled', async () => {
    const far = new Far();
    const { upload } = begin(far);
    far.onPart = (partNumber) => {
      if (partNumber === 4) void upload.cancel();
    };
    await upload.run();
    expect(upload.view.state).toBe('cancelled');
    expect(far.parts.size).toBe(0);
    expect(far.completed).toEqual([]);

    const early = begin(far);
    const running = early.upload.run();
    await early.upload.cancel();
    await running;
    expect(far.parts.size).toBe(0);
  });
});
