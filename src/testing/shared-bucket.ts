import { inject } from 'vitest';
import type { S3Settings } from '../server/storage/s3-connection.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Gives a new bucket with each question, set by the global set-up of engine tests. */
    bucketsUrl: string;
  }
}

/** A bucket of its own on the Ceph that this run of the tests shares: nobody kills it, and nothing but buckets is set there. */
export async function sharedBucket(): Promise<S3Settings> {
  const answer = await fetch(inject('bucketsUrl'));
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as S3Settings;
}
