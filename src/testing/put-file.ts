import { Sha256 } from '#src/shared/codecs/sha256.ts';
import type { ServiceContext } from '../server/domain/context.ts';
import type { ClashChoice } from '../server/domain/ingest/person-uploads.ts';
import { completion, type IngestWorld, putTestPart } from './ingest-world.ts';

/** Puts a small file into an experiment as a person's browser does. */
export async function putFile(
  { ingest }: Pick<IngestWorld, 'ingest'>,
  ctx: ServiceContext,
  file: { experimentId: string; path: string; bytes: Uint8Array; onClash?: ClashChoice; modifiedAt?: string },
) {
  const { experimentId, path, bytes, onClash = 'refuse' } = file;
  const fingerprint = new Sha256().update(new TextEncoder().encode(path)).update(bytes).hex();
  const opened = await ingest.openPersonUpload(ctx, {
    ...{ experimentId, path, sizeBytes: bytes.length, fingerprint, onClash },
  });
  const { uploadId } = opened;
  const { signed } = await ingest.signPersonParts(ctx, { uploadId, partNumbers: [1] });
  await putTestPart(signed[0]!.url, bytes, 1);
  const { sizeBytes, sha256, parts } = completion(bytes);
  const at = ctx.now().toISOString();
  const stamps = { modifiedAt: file.modifiedAt ?? at, firstPartSentAt: at, sentAt: at };
  const complete = { uploadId, sizeBytes, sha256, parts, ...stamps };
  return { complete, ...(await ingest.completePersonUpload(ctx, complete)) };
}
