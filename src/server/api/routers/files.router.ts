import { z } from 'zod';
import { selectionShape } from '#src/shared/model/file-selection.ts';
import { ENTRY_CHOICES, ENTRY_ORDERS, FILE_CHOICES } from '#src/shared/model/file-types.ts';
import { router, signedInProcedure } from '../trpc.ts';

/** Entries that one move may name. */
const MOST_MOVED = 1000;
const byId = z.object({ fileId: z.uuid() });

export const filesRouter = router({
  folder: signedInProcedure
    .input(
      z.object({
        experimentId: z.uuid(),
        parent: z.string().max(1000),
        order: z.enum(ENTRY_ORDERS).optional(),
        falls: z.boolean().optional(),
        /** Of names: words in them, or a pattern with * and ?. */
        search: z.string().max(200).optional(),
        choice: z.enum(ENTRY_CHOICES).optional(),
        cursor: z.string().max(3000).nullish(),
        limit: z.int().min(1).max(1000).default(500),
      }),
    )
    .query(({ ctx, input }) => ctx.services.files.listFolder(ctx.caller, input)),

  /** How much lies in a folder and below it. */
  folderTotals: signedInProcedure
    .input(z.object({ experimentId: z.uuid(), path: z.string().max(1000) }))
    .query(({ ctx, input }) => ctx.services.files.folderTotals(ctx.caller, input)),

  makeFolder: signedInProcedure
    .input(z.object({ experimentId: z.uuid(), path: z.string().min(1).max(1000) }))
    .mutation(({ ctx, input }) => ctx.services.files.makeFolder(ctx.caller, input)),

  removeFolder: signedInProcedure
    .input(z.object({ experimentId: z.uuid(), path: z.string().min(1).max(1000) }))
    .mutation(({ ctx, input }) => ctx.services.files.removeEmptyFolder(ctx.caller, input)),

  /** Into another folder, or to another name. */
  move: signedInProcedure
    .input(
      z.object({
        experimentId: z.uuid(),
        folders: z.array(z.string().min(1).max(1000)).max(MOST_MOVED),
        fileIds: z.array(z.uuid()).max(MOST_MOVED),
        to: z.string().min(1).max(1000),
        name: z.string().min(1).max(255).optional(),
      }),
    )
    .mutation(({ ctx, input }) => ctx.services.files.moveFiles(ctx.caller, input)),

  /** By name, everywhere in the experiment or below a folder. */
  search: signedInProcedure
    .input(
      z.object({
        experimentId: z.uuid(),
        within: z.string().max(1000).default(''),
        search: z.string().max(200),
        type: z.enum(FILE_CHOICES).optional(),
        cursor: z.string().max(1000).nullish(),
        limit: z.int().min(1).max(500).default(200),
      }),
    )
    .query(({ ctx, input }) => ctx.services.files.searchFiles(ctx.caller, input)),

  /** How many files a selection is, and how large. */
  measure: signedInProcedure
    .input(selectionShape.extend({ experimentId: z.uuid() }))
    .query(({ ctx, input }) => ctx.services.files.measureSelection(ctx.caller, input)),

  /** How long keys are good by which rclone reads an experiment from the store; null where there are none. */
  keyHours: signedInProcedure
    .input(z.object({ experimentId: z.uuid() }))
    .query(({ ctx, input }) => ctx.services.files.keyHours(ctx.caller, input)),

  /** Such a key, told once; audited. */
  lendKey: signedInProcedure
    .input(z.object({ experimentId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.files.lendKey(ctx.caller, input)),

  /** Who keeps a proved copy where. */
  copies: signedInProcedure
    .input(z.object({ experimentId: z.uuid() }))
    .query(({ ctx, input }) => ctx.services.copies.listCopies(ctx.caller, input)),

  get: signedInProcedure.input(byId).query(({ ctx, input }) => ctx.services.files.getFile(ctx.caller, input)),

  /** Audited, so not a query: it must not run because a page was drawn. */
  download: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.files.signDownload(ctx.caller, input)),

  /** What it held before; audited. */
  downloadVersion: signedInProcedure
    .input(
      byId.extend({
        version: z
          .int()
          .min(1)
          .max(2 ** 31 - 1),
      }),
    )
    .mutation(({ ctx, input }) => ctx.services.files.signVersion(ctx.caller, input)),

  view: signedInProcedure
    .input(byId)
    .query(({ ctx, input }) => ctx.services.files.signView(ctx.caller, input)),

  viewAt: signedInProcedure
    .input(z.object({ experimentId: z.uuid(), path: z.string().max(1000) }))
    .query(({ ctx, input }) => ctx.services.files.signViewAt(ctx.caller, input)),

  verify: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.files.verifyFile(ctx.caller, input)),

  /** Who brought it from where, when each step was done, its hash, its former contents. */
  custody: signedInProcedure
    .input(byId)
    .query(({ ctx, input }) => ctx.services.custody.fileCustody(ctx.caller, input)),
});
