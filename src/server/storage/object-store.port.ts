/**
 * The store is a port with drivers (`fs`, `s3`): objects under keys, written whole or in equal parts, read by range.
 * Keys are `<experiment code>/<folder>/<path>` (or `_unassigned/<instrument id>/…`, `_versions/<file id>/…`, `_system/…`): relative,
 * normalised, no `..`. The contract suite is `object-store.contract.ts`; every driver passes it.
 */
export interface SignedUrl {
  url: string;
  expiresAt: Date;
}

export interface SignedPut extends SignedUrl {
  /** What has to be sent with it, by lower-case names. */
  headers: Readonly<Record<string, string>>;
}

export interface PartReceipt {
  partNumber: number;
  sizeBytes: number;
  /** CRC32C (RFC 3720), eight lower-case hex digits. */
  crc32c: string;
}

/** What an agent says of a part before it asks for its address. */
export interface AnnouncedDigests {
  sizeBytes: number;
  crc32c: string;
  /** 32 lower-case hex digits. */
  md5: string;
}

export interface ObjectStat {
  key: string;
  sizeBytes: number;
  storedAt: Date;
}

/** By which a program of somebody's own reads what lies below one prefix of a bucket, and nothing else, for a while. */
export interface PrefixKey {
  /** Origin of the store as people reach it. */
  endpoint: string;
  region: string;
  bucket: string;
  /** Without a slash at the end. */
  prefix: string;
  accessKey: string;
  secretKey: string;
  sessionToken: string;
  expiresAt: Date;
}

export interface ObjectStore {
  readonly driver: 'fs' | 's3';
  /**
   * Begins an upload in parts of `partBytes` (all but the last equal); part n holds bytes [(n-1)·partBytes, n·partBytes). Parts may come in
   * any order. A file whose size is known and that is one part may be asked for by a driver in another way, which keeps nothing of the
   * upload but the part: then a part that comes after an abort is taken, shows nowhere and is swept; what was not sent is a
   * CHECKSUM_MISMATCH also after an abort; and a part beyond the first is refused (BAD_INPUT). With `isNew`, for a key that nothing had,
   * the part may be put straight under the key, never over anything: then it shows there before the upload is completed, also when it comes
   * after an abort, until that is asked for again.
   */
  openUpload(input: {
    key: string;
    partBytes: number;
    sizeBytes?: number;
    isNew?: boolean;
  }): Promise<{ uploadRef: string }>;
  /** Whether something keeps an upload with `isNew` out. A driver that is told so by the upload itself may say no without a look. */
  isTaken(input: { key: string; partBytes: number; sizeBytes: number }): Promise<boolean>;
  /** What proves a part: its CRC32C on the way through the data server, or its MD5, for which the store gives its own address. */
  partCheck(): Promise<'crc32c' | 'md5'>;
  /**
   * A short-lived address for one part PUT. Signed late: right before it is used. With `announced` a driver may give the store's own address,
   * which takes these bytes only, and only with their MD5 in Content-MD5 (RFC 1864); otherwise it is the data server's.
   */
  signPart(input: {
    key: string;
    uploadRef: string;
    partNumber: number;
    partBytes: number;
    announced?: AnnouncedDigests;
  }): Promise<SignedPut>;
  /**
   * The parts that are stored and checked, in order. When the object has its name already (a completion whose answer or record was lost),
   * the parts it consists of, so that who asks can complete again. Throws NOT_FOUND when there is neither upload nor object.
   */
  listParts(input: { key: string; uploadRef: string; partBytes: number }): Promise<PartReceipt[]>;
  /**
   * Checks that exactly these parts are stored with these checksums and sizes, makes the object durable (fsync) and visible under its
   * key. Idempotent. Throws AppError CHECKSUM_MISMATCH (nothing becomes visible) or CONFLICT (key taken by other bytes). With `replace`
   * a taken key changes to the new bytes in one step: whoever reads finds the old ones or the new ones, also after a crash.
   */
  completeUpload(input: {
    key: string;
    uploadRef: string;
    parts: readonly PartReceipt[];
    sizeBytes: number;
    replace?: boolean;
  }): Promise<ObjectStat>;
  /**
   * Removes all there is of an upload that was not completed, with what it put under its key, unless that is recorded (`isRecorded`). May be
   * asked again, to remove what came late; what anybody else put there stays. Call by one at a time for a key. A driver whose objects do not
   * say which upload they were made of removes what lies under the key only with `holdsKey`: nobody else may put anything there at present.
   */
  abortUpload(input: {
    key: string;
    uploadRef: string;
    isRecorded?: boolean;
    holdsKey?: boolean;
  }): Promise<void>;
  /** The upload an object was made of, where the driver keeps that (else null); null when there is no object. */
  madeOf(key: string): Promise<{ uploadRef: string | null } | null>;
  /**
   * Removes what is left of uploads begun before `before` that nobody knows (`known`: references of all that are open): of openings
   * that were cut short before they were recorded. Returns how many. What cannot be told for certain stays.
   */
  sweepUploads(input: { before: Date; known: ReadonlySet<string> }): Promise<number>;
  /** Writes a small or streamed object from the server itself (job results). Replaces atomically unless `ifAbsent`. Returns the SHA-256 too. */
  put(
    key: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options?: { ifAbsent?: boolean },
  ): Promise<ObjectStat & { sha256: string }>;
  stat(key: string): Promise<ObjectStat | null>;
  /** Bytes [offset, offset+length) clipped at the end. Throws NOT_FOUND, RANGE_NOT_SATISFIABLE. */
  readRange(key: string, offset: number, length: number): Promise<Uint8Array>;
  read(key: string): AsyncIterable<Uint8Array>;
  move(fromKey: string, toKey: string): Promise<void>;
  /**
   * Gives the object a second key, durably, under which its bytes stay whatever becomes of the first. False, and nothing changes, when that
   * key is taken. Throws NOT_FOUND when there is no object.
   */
  preserve(fromKey: string, toKey: string): Promise<boolean>;
  delete(key: string): Promise<void>;
  /**
   * A short-lived address for (range) GETs by a browser; `download` sets Content-Disposition: attachment with that name. Another `version`
   * gives another address, so that nobody is shown what a cache kept of a former content.
   */
  signGet(
    key: string,
    options?: { download?: string; expiresInS?: number; version?: number },
  ): Promise<SignedUrl>;
  /** How long the keys are good that `lendKey` gives; null when this store gives none. Tried out, at the first question. */
  prefixKeyHours(): Promise<number | null>;
  /** A key for what lies below a prefix; `holder` names who has it, in the store's own log. Throws UNAVAILABLE when it gives none. */
  lendKey(prefix: string, holder: string): Promise<PrefixKey>;
  /** Absolute folder under which the objects of a prefix lie as plain files, for jobs on this machine; null when the store has none. */
  localTree(prefix: string): string | null;
  /** Whether that folder can be read now; makes it where it can, since before the first object there is none. */
  openTree(prefix: string): Promise<boolean>;
  /** So long after it is stored an object may not be seen in `localTree` yet; the folder that leads to it neither. */
  readonly treeDelayMs: number;
  /** Throws AppError UNAVAILABLE with a sentence when the store cannot be used (missing folder, read-only, full). */
  check(): Promise<void>;
}
