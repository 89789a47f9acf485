import { z } from 'zod';

/** What somebody ticked in the files of an experiment: folders with all below them ('' = everything), datasets with their files, single files. */
export const selectionShape = z.object({
  folders: z.array(z.string().max(1000)).max(1000),
  datasetIds: z.array(z.uuid()).max(1000),
  fileIds: z.array(z.uuid()).max(1000),
});

export type FileSelection = z.infer<typeof selectionShape>;
