import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestStore, testStore } from '../../testing/test-store.ts';
import { hexCrc, objectStoreContract, partsOf, putPart } from './object-store.contract.ts';
import { UrlSigner } from './url-signer.ts';

const PART = 64 * 1024;

objectStoreContract('fs', async () => {
  const test = await testStore();
  return { store: test.store, partBytes: PART, close: test.close };
});

describe('fs store', () => {
  let test: TestStore;
  let outside: string;
  beforeAll(async () => {
    test = await testStore();
    outside = await mkdtemp(join(tmpdir(), 'beamdeck-outside-'));
    await writeFile(join(outside, 'secret'), 'secret');
  });
  afterAll(async () => {
    await test.close();
    await rm(outside, { recursive: true, force: true });
  });

  async function uploaded(key: string, bytes: Uint8Array) {
    const { uploadRef } = await test.store.openUpload({ key, partBytes: PART });
    const upload = { key, uploadRef, partBytes: PART };
    const parts = partsOf(bytes, PART);
    for (const part of parts) await putPart(test.store, upload, part.receipt.partNumber, part.bytes);
    return { ...upload, parts: parts.map((part) => part.receipt), sizeBytes: bytes.length };
  }
  const uploadFolders = () => readdir(join(test.folder, '.uploads'));

  it('sweeps old uploads that nobody knows, and leaves known and young ones', async () => {
    const swept = await testStore();
    const open = async (name: string) =>
      (await swept.store.openUpload({ key: `EXP26-AAAAA/raw/${name}`, partBytes: PART })).uploadRef;
    const known = await open('known');
    await open('forgotten');
    const sweep = { known: new Set([known]) };
    expect(await swept.store.sweepUploads({ ...sweep, before: new Date(Date.now() - 60_000) })).toBe(0);
    expect(await swept.store.sweepUploads({ ...sweep, before: new Date(Date.now() + 60_000) })).toBe(1);
    expect(await readdir(join(swept.folder, '.uploads'))).toEqual([known]);
    await swept.close();
  });

  it('keeps objects as plain files under their own names, read-only, and leaves nothing else', async () => {
    const bytes = new Uint8Array(randomBytes(3 * PART + 1));
    const upload = await uploaded('EXP26-AAAAA/raw/a b/x_data_000001.h5', bytes);
    await test.store.completeUpload(upload);
    const path = join(test.store.localTree('EXP26-AAAAA')!, 'raw/a b/x_data_000001.h5');
    expect((await readFile(path)).equals(bytes)).toBe(true);
    const found = await stat(path);
    expect([found.mode & 0o777, found.nlink]).toEqual([0o444, 1]);
    expect(await uploadFolders()).not.toContain(upload.uploadRef);
  });

  it('has a folder of an experiment for jobs before its first object, as often as it is asked', async () => {
    for (let n = 0; n < 2; n++) expect(await test.store.openTree('EXP26-NEWLY')).toBe(true);
    expect(await readdir(test.store.localTree('EXP26-NEWLY')!)).toEqual([]);
  });

  it('finishes a replacement that was cut short after the object had changed', async () => {
    const key = 'EXP26-AAAAA/raw/cut-short';
    await test.store.completeUpload(await uploaded(key, new Uint8Array(randomBytes(PART))));
    const bytes = new Uint8Array(randomBytes(PART + 1));
    const upload = await uploaded(key, bytes);
    const folder = join(test.folder, '.uploads', upload.uploadRef);
    const [meta, receipts] = await Promise.all(
      ['meta.json', 'receipts'].map((name) => readFile(join(folder, name))),
    );
    await test.store.completeUpload({ ...upload, replace: true });
    // Killed before its folder was removed: all is there but the data, which have their name.
    await mkdir(`${folder}.sealed`);
    await writeFile(join(`${folder}.sealed`, 'meta.json'), meta!);
    await writeFile(join(`${folder}.sealed`, 'receipts'), receipts!);
    const again = await test.store.completeUpload({ ...upload, replace: true });
    expect(again.sizeBytes).toBe(bytes.length);
    expect((await readFile(join(test.folder, key))).equals(bytes)).toBe(true);
    expect((await uploadFolders()).filter((name) => name.startsWith(upload.uploadRef))).toEqual([]);
  });

  it('follows no link: not of a file, not of a folder, neither reading nor writing', async () => {
    await mkdir(join(test.folder, 'EXP26-LINKS/raw'), { recursive: true });
    await symlink(join(outside, 'secret'), join(test.folder, 'EXP26-LINKS/raw/file'));
    await symlink(outside, join(test.folder, 'EXP26-LINKS/raw/folder'));
    await symlink(outside, join(test.folder, 'EXP26-LINKED'));
    for (const key of ['EXP26-LINKS/raw/file', 'EXP26-LINKS/raw/folder/secret', 'EXP26-LINKED/secret']) {
      expect(await test.store.stat(key), key).toBeNull();
      await expect(test.store.readRange(key, 0, 1), key).rejects.toMatchObject({ code: 'NOT_FOUND' });
      const { url } = await test.store.signGet(key);
      expect((await fetch(url)).status, key).toBe(404);
      for (const call of ['move', 'preserve'] as const) {
        await expect(test.store[call](key, 'EXP26-LINKS/raw/moved'), key).rejects.toMatchObject({
          code: 'NOT_FOUND',
        });
      }
    }
    for (const key of ['EXP26-LINKS/raw/folder/new', 'EXP26-LINKS/raw/folder/a/b', 'EXP26-LINKED/new']) {
      await expect(test.store.put(key, Buffer.from('x')), key).rejects.toMatchObject({ code: 'NOT_FOUND' });
      const upload = await uploaded(key, new Uint8Array(5));
      await expect(test.store.completeUpload(upload), key).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await test.store.delete(key);
    }
    // A link in the place of a new object is neither followed nor replaced.
    const upload = await uploaded('EXP26-LINKS/raw/file', new Uint8Array(5));
    await expect(test.store.completeUpload(upload)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await readdir(outside)).toEqual(['secret']);
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
  });

  it('does not hang on a pipe that a job left', async () => {
    await mkdir(join(test.folder, 'EXP26-PIPES/work'), { recursive: true });
    execFileSync('mkfifo', [join(test.folder, 'EXP26-PIPES/work/pipe')]);
    expect(await test.store.stat('EXP26-PIPES/work/pipe')).toBeNull();
    expect(await test.store.stat('EXP26-PIPES/work')).toBeNull();
  });

  it('knows the stored parts after a restart, and proves those of an earlier boot by their bytes', async () => {
    const bytes = new Uint8Array(randomBytes(3 * PART));
    const upload = await uploaded('EXP26-AAAAA/raw/restart', bytes);
    await test.restart();
    expect(await test.store.listParts(upload)).toEqual(upload.parts);
    const folder = join(test.folder, '.uploads', upload.uploadRef);
    const log = await readFile(join(folder, 'receipts'), 'latin1');
    const boot = /[0-9a-f-]{36}/.exec(log)![0];
    await writeFile(join(folder, 'receipts'), log.replaceAll(boot, '00000000-0000-0000-0000-000000000000'));
    // A power failure that kept the receipts and lost bytes of the second part.
    const damaged = Buffer.from(bytes);
    damaged.fill(0, PART + 100, PART + 200);
    await writeFile(join(folder, 'data'), damaged);
    expect((await test.store.listParts(upload)).map((part) => part.partNumber)).toEqual([1, 3]);
    await expect(test.store.completeUpload(upload)).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
      details: { missing: [2], different: [], beyond: [] },
    });
    await putPart(test.store, upload, 2, bytes.subarray(PART, 2 * PART));
    await test.store.completeUpload(upload);
    expect((await readFile(join(test.folder, upload.key))).equals(bytes)).toBe(true);
  });

  it('has nothing of an upload whose description a loss of power left empty, and what was placed by then stays', async () => {
    const [lost, placed] = [
      await uploaded('EXP26-AAAAA/raw/powerless', new Uint8Array(randomBytes(PART))),
      await uploaded('EXP26-AAAAA/raw/placed', new Uint8Array(randomBytes(PART))),
    ];
    await test.store.completeUpload(placed);
    for (const { uploadRef } of [lost, placed]) {
      const folder = join(test.folder, '.uploads', uploadRef);
      await mkdir(folder, { recursive: true });
      await Promise.all(['meta.json', 'receipts'].map((name) => writeFile(join(folder, name), '')));
    }
    await expect(test.store.listParts(lost)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(test.store.completeUpload(lost)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(test.store.completeUpload(placed)).resolves.toMatchObject({ sizeBytes: PART });
  });

  it('skips a receipt line torn by a crash without losing the next', async () => {
    const upload = await uploaded('EXP26-AAAAA/raw/torn', new Uint8Array(randomBytes(PART)));
    await appendFile(join(test.folder, '.uploads', upload.uploadRef, 'receipts'), '\n2 6553');
    const second = new Uint8Array(randomBytes(10));
    await putPart(test.store, upload, 2, second);
    expect(await test.store.listParts(upload)).toEqual([
      ...upload.parts,
      { partNumber: 2, sizeBytes: 10, crc32c: hexCrc(second) },
    ]);
  });

  it('finishes a completion that was cut short after sealing', async () => {
    const upload = await uploaded('EXP26-AAAAA/raw/sealed', new Uint8Array(randomBytes(PART)));
    const folder = join(test.folder, '.uploads', upload.uploadRef);
    execFileSync('mv', [folder, `${folder}.sealed`]);
    expect(await test.store.listParts(upload)).toEqual(upload.parts);
    expect((await putPart(test.store, upload, 1, new Uint8Array(3))).status).toBe(404);
    await test.store.completeUpload(upload);
  });

  it('finishes a completion that was cut short after the bytes became read-only', async () => {
    const upload = await uploaded('EXP26-AAAAA/raw/read-only', new Uint8Array(randomBytes(PART)));
    const folder = join(test.folder, '.uploads', upload.uploadRef);
    // A longer first try of the part left bytes behind.
    await appendFile(join(folder, 'data'), 'rest');
    await chmod(join(folder, 'data'), 0o444);
    execFileSync('mv', [folder, `${folder}.sealed`]);
    expect((await test.store.completeUpload(upload)).sizeBytes).toBe(PART);
    expect((await stat(join(test.folder, upload.key))).mode & 0o777).toBe(0o444);
  });

  it('takes parts again after a completion that could not give the object its name', async () => {
    const bytes = new Uint8Array(randomBytes(PART));
    const upload = await uploaded('EXP26-AAAAA/raw/taken', bytes);
    await test.store.put(upload.key, new Uint8Array(3));
    await expect(test.store.completeUpload(upload)).rejects.toThrow();
    const data = join(test.folder, '.uploads', upload.uploadRef, 'data');
    expect((await stat(data)).mode & 0o777).toBe(0o644);
    expect((await putPart(test.store, upload, 1, bytes)).status).toBe(200);
    await test.store.abortUpload(upload);
  });

  it('gives the same read address twice within some minutes, so that a browser can use what it has', async () => {
    const one = await test.store.signGet('EXP26-AAAAA/raw/x');
    const two = await test.store.signGet('EXP26-AAAAA/raw/x');
    const apart = Math.abs(one.expiresAt.getTime() - two.expiresAt.getTime());
    expect([0, 600_000]).toContain(apart);
    if (apart === 0) expect(two.url).toBe(one.url);
  });
});

/** A file system of 1 MB, where the machine lets us mount one (root outside of a container). */
function mountSmallDisk(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'beamdeck-test', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('a full disk', () => {
  it('is said as such, loses nothing that was confirmed, and takes the part again when there is room', {
    timeout: 60_000,
  }, async (t) => {
    const disk = await mkdtemp(join(tmpdir(), 'beamdeck-disk-'));
    if (!mountSmallDisk(disk)) {
      await rm(disk, { recursive: true });
      t.skip('this machine does not let the test mount a small disk');
    }
    const full = await testStore({ parent: disk });
    try {
      const bytes = new Uint8Array(randomBytes(600_000));
      const open = async (key: string) => {
        const { uploadRef } = await full.store.openUpload({ key, partBytes: 1_000_000 });
        return { key, uploadRef, partBytes: 1_000_000 };
      };
      const first = await open('EXP26-AAAAA/raw/first');
      expect((await putPart(full.store, first, 1, bytes)).status).toBe(200);
      const parts = partsOf(bytes, 1_000_000).map((part) => part.receipt);
      await full.store.completeUpload({ ...first, parts, sizeBytes: bytes.length });
      const second = await open('EXP26-AAAAA/raw/second');
      const refused = await putPart(full.store, second, 1, bytes);
      expect([refused.status, (await refused.json()).code]).toEqual([507, 'STORE_FULL']);
      expect(await full.store.listParts(second)).toEqual([]);
      await expect(full.store.put('EXP26-AAAAA/work/x', bytes)).rejects.toMatchObject({ code: 'STORE_FULL' });
      await expect(full.store.check()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      const kept = await full.store.readRange(first.key, 0, bytes.length);
      expect(Buffer.from(kept).equals(bytes)).toBe(true);
      await full.store.delete(first.key);
      expect((await putPart(full.store, second, 1, bytes)).status).toBe(200);
      await full.store.completeUpload({ ...second, parts, sizeBytes: bytes.length });
    } finally {
      await full.close();
      execFileSync('umount', [disk]);
      await rm(disk, { recursive: true });
    }
  });
});

describe('signed addresses', () => {
  const signer = new UrlSigner('a secret of at least thirty-two characters', 'http://data.example');
  const read = {
    kind: 'read',
    key: 'EXP26-AAAAA/raw/ä b%2e#?&+.h5',
    download: 'näme "x".h5',
    expiresAtS: 2000,
  } as const;
  const part = {
    kind: 'part',
    key: 'EXP26-AAAAA/raw/x',
    uploadRef: 'ab'.repeat(16),
    partNumber: 3,
    partBytes: 8,
    expiresAtS: 2000,
  } as const;

  it('carry their grant through the address', () => {
    expect(signer.verify(new URL(signer.sign(read)), 1_999_000)).toEqual(read);
    expect(signer.verify(new URL(signer.sign(part)), 1_999_000)).toEqual(part);
    expect(signer.verify(new URL(signer.sign({ ...read, download: null })), 0)).toEqual({
      ...read,
      download: null,
    });
  });

  it('expire', () => {
    expect(signer.verify(new URL(signer.sign(read)), 2_001_000)).toBe('expired');
  });

  it('cannot be changed in anything, nor made without the secret', () => {
    const forge = (text: string, from: string | RegExp, to: string) => {
      expect(text.replace(from, to)).not.toBe(text);
      expect(signer.verify(new URL(text.replace(from, to)), 0), `${from}`).toBe('forged');
    };
    const readUrl = signer.sign(read);
    forge(readUrl, 'EXP26-AAAAA', 'EXP26-BBBBB');
    forge(readUrl, 'expires=2000', 'expires=3000');
    forge(readUrl, 'download=n', 'download=m');
    forge(readUrl, /&?download=[^&]*/, '');
    forge(readUrl, /signature=.*/, 'signature=');
    forge(readUrl, '/object/', '/part/');
    const partUrl = signer.sign(part);
    forge(partUrl, '/3?', '/4?');
    forge(partUrl, 'size=8', 'size=9');
    forge(partUrl, 'abab', 'acab');
    forge(partUrl, 'key=EXP26-AAAAA', 'key=EXP26-BBBBB');
    const other = new UrlSigner('another secret of at least 32 characters', 'http://data.example');
    expect(signer.verify(new URL(other.sign(part)), 0)).toBe('forged');
    expect(signer.verify(new URL('http://data.example/'), 0)).toBe('forged');
    expect(signer.verify(new URL('http://data.example/object/%ff?expires=1'), 0)).toBe('forged');
  });
});
