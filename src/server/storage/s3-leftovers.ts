import type { S3Connection } from './s3-connection.ts';

/** S3 removes this many at a time. */
const DELETE_AT_ONCE = 1000;
/** What is left over waits so long for company. */
const GATHER_MS = 200;

/** Removes objects. */
export async function removeObjects(connection: S3Connection, keys: readonly string[]): Promise<void> {
  for (let from = 0; from < keys.length; from += DELETE_AT_ONCE) {
    const Objects = keys.slice(from, from + DELETE_AT_ONCE).map((Key) => ({ Key }));
    await connection.run('its uploads', ({ lib, client, bucket }) =>
      client.send(new lib.DeleteObjectsCommand({ Bucket: bucket, Delete: { Quiet: true, Objects } })),
    );
  }
}

/**
 * Removes objects that nobody needs any more, many with one request and without being waited for. What it does not come to, because the
 * process ends or the store is away, the sweep of forgotten uploads removes.
 */
export class RemovedLater {
  readonly #connection: S3Connection;
  #keys: string[] = [];
  #isGathering = false;

  constructor(connection: S3Connection) {
    this.#connection = connection;
  }

  remove(keys: readonly string[]): void {
    this.#keys.push(...keys);
    if (this.#isGathering || keys.length === 0) return;
    this.#isGathering = true;
    setTimeout(() => {
      const gathered = this.#keys;
      this.#keys = [];
      this.#isGathering = false;
      removeObjects(this.#connection, gathered).catch(() => undefined);
    }, GATHER_MS).unref();
  }
}
