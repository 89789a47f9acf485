import { and, eq, inArray, ne } from 'drizzle-orm';
import type { TemplateDefinition } from '../../../shared/contracts/job-template.ts';
import type { Transaction } from '../../db/client.ts';
import { jobTemplate, jobTemplateFile, trigger } from '../../db/schema/index.ts';

export type TemplateRow = typeof jobTemplate.$inferSelect;

/** Adds a version of a template, or brings its texts up to date; returns the id of its row. */
export async function upsertTemplate(
  tx: Transaction,
  definition: TemplateDefinition,
  fresh: { id: string; createdAt: Date },
): Promise<string> {
  const { slug, version, name, description, entry, parameters, metrics } = definition;
  const { timeLimitS, memoryLimitBytes, outputs = [], requires = [], network = false } = definition;
  const limits = { timeLimitS, memoryLimitBytes };
  const texts = { name, description, entry, parameters, metrics, outputs, requires, network, ...limits };
  const [row] = await tx
    .insert(jobTemplate)
    .values({ ...fresh, slug, version, ...texts })
    .onConflictDoUpdate({
      target: [jobTemplate.slug, jobTemplate.version],
      set: texts,
    })
    .returning({ id: jobTemplate.id });
  await writeFiles(tx, row!.id, definition.files ?? []);
  return row!.id;
}

/** The script of a version that ships with the product is as this version of the product has it. */
async function writeFiles(
  tx: Transaction,
  jobTemplateId: string,
  files: readonly { path: string; content: string }[],
): Promise<void> {
  await tx.delete(jobTemplateFile).where(eq(jobTemplateFile.jobTemplateId, jobTemplateId));
  if (files.length === 0) return;
  await tx
    .insert(jobTemplateFile)
    .values(
      files.map(({ path, content }) => ({ jobTemplateId, path, content: new TextEncoder().encode(content) })),
    );
}

/** Triggers of a built-in template follow its newest version. */
export async function moveTriggersToVersion(
  tx: Transaction,
  slug: string,
  templateId: string,
): Promise<void> {
  const older = tx
    .select({ id: jobTemplate.id })
    .from(jobTemplate)
    .where(and(eq(jobTemplate.slug, slug), ne(jobTemplate.id, templateId)));
  await tx.update(trigger).set({ templateId }).where(inArray(trigger.templateId, older));
}
