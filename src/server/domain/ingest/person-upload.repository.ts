import { and, desc, eq } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { upload } from '../../db/schema/index.ts';
import type { UploadRow } from './upload.repository.ts';

export interface SentFile {
  personId: string;
  experimentId: string;
  fingerprint: string;
}

/** Uploads of this very file that the person began here and did not finish, the newest first. */
export async function openUploadsOf(
  q: Queryable,
  { personId, experimentId, fingerprint }: SentFile,
): Promise<UploadRow[]> {
  return q
    .select()
    .from(upload)
    .where(
      and(
        eq(upload.personId, personId),
        eq(upload.fingerprint, fingerprint),
        eq(upload.experimentId, experimentId),
        eq(upload.state, 'open'),
      ),
    )
    .orderBy(desc(upload.createdAt));
}

/** What the person began for this path and did not finish, whatever file it was. */
export async function openUploadsAt(
  q: Queryable,
  { personId, experimentId, path }: { personId: string; experimentId: string; path: string },
): Promise<UploadRow[]> {
  return q
    .select()
    .from(upload)
    .where(
      and(
        eq(upload.personId, personId),
        eq(upload.state, 'open'),
        eq(upload.experimentId, experimentId),
        eq(upload.path, path),
      ),
    );
}
