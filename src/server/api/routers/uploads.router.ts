import { z } from 'zod';
import { CLASH_CHOICES } from '#src/server/domain/ingest/person-uploads.ts';
import { storedPartSchema } from '#src/shared/contracts/agent-api.ts';
import { MOST_FILE_BYTES, NAMES_AT_ONCE } from '#src/shared/model/browser-upload.ts';
import { router, signedInProcedure } from '../trpc.ts';

const path = z.string().min(1).max(1000);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const sizeBytes = z.int().nonnegative().max(MOST_FILE_BYTES);
const byId = z.object({ uploadId: z.uuid() });

/** Files that people put into an experiment with a browser. */
export const uploadsRouter = router({
  /** Which names are taken, before anything is sent. Changes nothing; a mutation because many names are longer than an address may be. */
  check: signedInProcedure
    .input(z.object({ experimentId: z.uuid(), paths: z.array(path).min(1).max(NAMES_AT_ONCE) }))
    .mutation(({ ctx, input }) => ctx.services.ingest.checkNames(ctx.caller, input)),

  /** Begins one, or goes on with one that the same person began of the same file. */
  open: signedInProcedure
    .input(
      z.object({
        experimentId: z.uuid(),
        path,
        sizeBytes,
        fingerprint: hash,
        onClash: z.enum(CLASH_CHOICES),
      }),
    )
    .mutation(({ ctx, input }) => ctx.services.ingest.openPersonUpload(ctx.caller, input)),

  sign: signedInProcedure
    .input(byId.extend({ partNumbers: z.array(z.int().min(1).max(10_000)).min(1).max(64) }))
    .mutation(({ ctx, input }) => ctx.services.ingest.signPersonParts(ctx.caller, input)),

  complete: signedInProcedure
    .input(
      byId.extend({
        sizeBytes,
        sha256: hash,
        parts: z.array(storedPartSchema).min(1).max(10_000),
        modifiedAt: z.iso.datetime(),
        firstPartSentAt: z.iso.datetime(),
        sentAt: z.iso.datetime(),
      }),
    )
    .mutation(({ ctx, input }) => ctx.services.ingest.completePersonUpload(ctx.caller, input)),

  cancel: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.ingest.cancelPersonUpload(ctx.caller, input)),
});
