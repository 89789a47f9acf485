import type { ScriptFile } from '../../../shared/contracts/script-run.ts';
import { missingSentence } from '../../../shared/contracts/template-requirement.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Queryable } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { noTemplate, type TemplateRow, viewerOf } from './template.policy.ts';
import { filesOfVersion } from './template.repository.ts';
import { seenTemplate, seenTemplates } from './template-access.repository.ts';

export type { TemplateRow } from './template.policy.ts';

/** The newest version of every template the caller may run, by name. */
export async function usableTemplates(q: Queryable, ctx: ServiceContext): Promise<TemplateRow[]> {
  const rows = await seenTemplates(q, viewerOf(ctx), { archived: false });
  return rows.map(({ version }) => version);
}

/**
 * The newest version of a template, when the caller may run it: it ships with the product, is theirs, is shared with them, or ran in this
 * experiment before, whose members see what was done there and may do it again. NOT_FOUND otherwise; CONFLICT of an archived one.
 */
export async function requireUsable(
  q: Queryable,
  ctx: ServiceContext,
  slug: string,
  experimentId: string | null = null,
): Promise<TemplateRow> {
  const found = await seenTemplate(q, viewerOf(ctx), slug, experimentId);
  if (!found) throw noTemplate();
  if (found.own?.archivedAt) {
    throw new AppError('CONFLICT', `“${found.version.name}” is archived: its owner can bring it back.`);
  }
  return found.version;
}

/** Why a template cannot run on the machine as it was when it was looked at last; null when nothing is known against it. */
export function lacking(version: Pick<TemplateRow, 'missing'>): AppError | null {
  const missing = version.missing ?? [];
  return missing.length > 0 ? new AppError('CONFLICT', missingSentence(missing)) : null;
}

/** The script of a version and its support files, as they lie in the folder of a run. */
export async function scriptFiles(q: Queryable, jobTemplateId: string): Promise<ScriptFile[]> {
  const rows = await filesOfVersion(q, jobTemplateId);
  return rows.map(({ path, content }) => ({ path, bytes: content }));
}
