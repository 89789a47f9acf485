import { createHash, randomBytes } from 'node:crypto';
import { AppError } from '#src/shared/errors/app-error.ts';
import type { DirectWay, S3Connection } from './s3-connection.ts';
import { newObjectHeaders } from './s3-made-of.ts';
import { S3Objects } from './s3-objects.ts';
import { abortMultipart, plainEtag } from './s3-uploads.ts';

/** What a store can do, tried out on two small objects that are removed again. */
export interface S3Capabilities {
  /** It takes uploads in parts and tells the MD5 of each as its ETag, by which parts are proved. Needed. */
  provesParts: boolean;
  /** It gives ranges. Needed. */
  ranges: boolean;
  /** A signed address takes only the bytes whose MD5 it names. Needed for parts straight from agents. */
  bindsMd5: boolean;
  /** It lets pages of the web app read by signed address, with ranges (CORS). Needed for reads straight to browsers. */
  cors: boolean;
  /** It refuses a put "unless there is one" (If-None-Match), also at the end of an upload in parts. Not needed: then we look ourselves. */
  conditionalPut: boolean;
  conditionalComplete: boolean;
  /** A signed address puts "unless there is one", and nothing without that condition. Needed for small files straight onto their keys. */
  bindsCondition: boolean;
}

/** What may go without the data server, by what is allowed and what the store can do. */
export interface DirectWays extends Record<DirectWay, boolean> {
  /** Parts of small new files go onto their keys. */
  toKeys: boolean;
}

const PROBE_BYTES = 64;
const PROBE_S = 60;
const IDLE_MS = 10_000;

const md5Of = (bytes: Uint8Array) => createHash('md5').update(bytes).digest();
const isConflict = (error: unknown) => error instanceof AppError && error.code === 'CONFLICT';

/** True when `task` is refused because the name is taken; any other failure is thrown. */
async function refusesTaken(task: Promise<unknown>): Promise<boolean> {
  try {
    await task;
    return false;
  } catch (error) {
    if (isConflict(error)) return true;
    throw error;
  }
}

/** Tries the store out. Throws UNAVAILABLE when it cannot be reached or does not let us. */
export async function probeS3(connection: S3Connection, webOrigin: string): Promise<S3Capabilities> {
  const objects = new S3Objects(connection);
  await objects.checkBucket();
  const key = `_system/probe/${randomBytes(8).toString('hex')}`;
  const bytes = new Uint8Array(randomBytes(PROBE_BYTES));
  const uploadId = await objects.beginUpload(key);
  try {
    const md5 = md5Of(bytes);
    const url = await connection.presignPut(
      { Key: key, UploadId: uploadId, PartNumber: 1 },
      { expiresInS: PROBE_S, isPublic: false, md5Base64: md5.toString('base64'), sizeBytes: PROBE_BYTES },
    );
    const send = (body: Uint8Array, announced: Buffer) =>
      fetch(url, {
        method: 'PUT',
        body: Buffer.from(body),
        headers: { 'Content-MD5': announced.toString('base64') },
        signal: AbortSignal.timeout(IDLE_MS),
      });
    const other = new Uint8Array(randomBytes(PROBE_BYTES));
    const refused = [await send(other, md5), await send(other, md5Of(other))];
    const taken = await send(bytes, md5);
    const etag = plainEtag(taken.headers.get('etag') ?? '');
    if (!taken.ok) throw new AppError('UNAVAILABLE', `The store refuses a part (status ${taken.status}).`);
    await objects.completeParts(key, uploadId, [etag], false);
    return {
      provesParts: etag === md5.toString('hex'),
      bindsMd5: refused.every((answer) => answer.status >= 400 && answer.status < 500),
      ranges: await givesRanges(connection, key, bytes),
      cors: await allowsPages(connection, key, webOrigin),
      conditionalPut: await refusesTaken(objects.put(key, bytes, true)),
      conditionalComplete: await probeCompletion(connection, objects, key, bytes),
      bindsCondition: await probeCondition(connection, objects, key, bytes),
    };
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('UNAVAILABLE', {
      message: `The store cannot be reached at ${connection.settings.endpoint}.`,
      cause: error,
    });
  } finally {
    await abortMultipart(connection, { key, uploadId }).catch(() => undefined);
    await objects.delete(key).catch(() => undefined);
  }
}

/** On the key when it is free, when it is taken, and without the condition. */
async function probeCondition(
  connection: S3Connection,
  objects: S3Objects,
  key: string,
  bytes: Uint8Array,
): Promise<boolean> {
  const etag = md5Of(bytes).toString('hex');
  const told = newObjectHeaders({ ref: 'probe', crc32c: '0', etag });
  const { 'if-none-match': _, ...without } = told;
  const url = await connection.presignPut(
    { Key: key },
    { expiresInS: PROBE_S, isPublic: false, headers: told },
  );
  const send = async (headers: Record<string, string>) => {
    const signal = AbortSignal.timeout(IDLE_MS);
    const answer = await fetch(url, { method: 'PUT', body: Buffer.from(bytes), headers, signal });
    await answer.arrayBuffer();
    return answer.status;
  };
  await objects.delete(key);
  const refused = await send(without);
  if (refused < 400 || refused >= 500 || (await send(told)) !== 200 || (await send(told)) !== 412)
    return false;
  return (await objects.stat(key))?.upload?.etag === etag;
}

async function givesRanges(connection: S3Connection, key: string, bytes: Uint8Array): Promise<boolean> {
  const url = await connection.presignGet({ Key: key }, { expiresInS: PROBE_S, isPublic: false });
  const answer = await fetch(url, {
    headers: { Range: 'bytes=10-19' },
    signal: AbortSignal.timeout(IDLE_MS),
  });
  const got = Buffer.from(await answer.arrayBuffer());
  return answer.status === 206 && got.equals(Buffer.from(bytes.subarray(10, 20)));
}

/** Asked as a browser asks. Where the public address is closed to the server itself nothing is known, so pages do without. */
async function allowsPages(connection: S3Connection, key: string, origin: string): Promise<boolean> {
  const url = await connection.presignGet({ Key: key }, { expiresInS: PROBE_S, isPublic: true });
  try {
    const answer = await fetch(url, {
      headers: { Range: 'bytes=10-19', Origin: origin },
      signal: AbortSignal.timeout(IDLE_MS),
    });
    await answer.arrayBuffer();
    const allowed = answer.headers.get('access-control-allow-origin');
    const exposed = (answer.headers.get('access-control-expose-headers') ?? '').toLowerCase();
    return answer.ok && (allowed === origin || allowed === '*') && /content-range|\*/.test(exposed);
  } catch {
    return false;
  }
}

async function probeCompletion(
  connection: S3Connection,
  objects: S3Objects,
  key: string,
  bytes: Uint8Array,
): Promise<boolean> {
  const uploadId = await objects.beginUpload(key);
  try {
    const { ETag } = await connection.run(key, ({ lib, client, bucket }) =>
      client.send(
        new lib.UploadPartCommand({
          ...{ Bucket: bucket, Key: key, UploadId: uploadId, PartNumber: 1 },
          ...{ Body: bytes, ContentLength: bytes.length },
        }),
      ),
    );
    return await refusesTaken(objects.completeParts(key, uploadId, [ETag!], true));
  } finally {
    await abortMultipart(connection, { key, uploadId }).catch(() => undefined);
  }
}

/** Why the store cannot be used at all, or null when it can. */
export function unusable({ provesParts, ranges }: S3Capabilities): string | null {
  if (!provesParts) {
    return 'The store does not tell the MD5 of stored parts, so nothing stored can be proved: use a bucket without encryption by a key service.';
  }
  return ranges ? null : 'The store does not give ranges of objects, which the viewer needs.';
}

/** What of `allowed` this store can do, and a sentence for each that it cannot. */
export function chooseWays(
  can: S3Capabilities,
  allowed: readonly DirectWay[],
  webOrigin: string,
): { ways: Record<DirectWay, boolean>; told: string[] } {
  const reads = allowed.includes('reads');
  const parts = allowed.includes('parts');
  const told: string[] = [];
  if (reads && !can.cors) {
    told.push(
      `Reads go through the data server: pages of ${webOrigin} cannot read the bucket at its public address. Give it a CORS rule with that origin, GET and HEAD, and the exposed headers Content-Range, Accept-Ranges, Content-Length, ETag.`,
    );
  }
  if (parts && !can.bindsMd5) {
    told.push(
      'Parts go through the data server: the store takes other bytes under a signed address than the address names.',
    );
  }
  return { ways: { reads: reads && can.cors, parts: parts && can.bindsMd5 }, told };
}

/** Which ways are direct, found out at the first question; nothing is while the store cannot be asked. */
export function directWays(
  connection: S3Connection,
  allowed: readonly DirectWay[],
  webOrigin: string,
): () => Promise<DirectWays> {
  const none = { reads: false, parts: false, toKeys: false };
  if (allowed.length === 0) return async () => none;
  let known: Promise<DirectWays> | undefined;
  return () => {
    known ??= probeS3(connection, webOrigin).then((can) => {
      const { ways } = chooseWays(can, allowed, webOrigin);
      return { ...ways, toKeys: ways.parts && can.bindsCondition };
    });
    return known.catch(() => {
      known = undefined;
      return none;
    });
  };
}

/** What was found, one line each, for the log and for a person who sets the store up. */
export function reportLines(can: S3Capabilities, allowed: readonly DirectWay[], webOrigin: string): string[] {
  const { ways, told } = chooseWays(can, allowed, webOrigin);
  const yes = (is: boolean) => (is ? 'yes' : 'no');
  return [
    `uploads in parts, each proved by its MD5: ${yes(can.provesParts)}`,
    `reading by range: ${yes(can.ranges)}`,
    `signed addresses bound to the bytes of a part: ${yes(can.bindsMd5)}`,
    `pages of ${webOrigin} may read (CORS): ${yes(can.cors)}`,
    `put unless the name is taken: ${yes(can.conditionalPut)}, at the end of an upload in parts: ${yes(can.conditionalComplete)}`,
    `reads: ${ways.reads ? 'straight from the store' : 'through the data server'}`,
    `parts: ${ways.parts ? 'straight to the store' : 'through the data server'}`,
    ...(ways.parts
      ? [`small new files: ${can.bindsCondition ? 'onto their names' : 'copied to their names'}`]
      : []),
    ...told,
  ];
}
