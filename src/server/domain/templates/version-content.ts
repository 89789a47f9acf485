import { templateMetricSchema, templateParameterSchema } from '../../../shared/contracts/job-template.ts';
import { scriptEntry, scriptLanguage } from '../../../shared/contracts/script-run.ts';
import {
  contentBytes,
  SCRIPT_NAMES,
  type SupportFile,
  type TemplateContent,
} from '../../../shared/contracts/template-content.ts';
import type { Queryable } from '../../db/client.ts';
import type { TemplateRow } from './template.policy.ts';
import { filesOfVersion } from './template.repository.ts';

/** The rows of a version: its own, and one for each file with the script among them. */
export function versionRows(content: TemplateContent) {
  const { language, script, files, ...declared } = content;
  return {
    row: { ...declared, network: declared.network ?? false, entry: scriptEntry(language) },
    files: [
      { path: SCRIPT_NAMES[language], content: new TextEncoder().encode(script) },
      ...files.map((file) => ({ path: file.path, content: contentBytes(file) })),
    ],
  };
}

/** Text stays readable in an exported file; what is not UTF-8, or holds a NUL, is base64. */
function supportFile(path: string, bytes: Uint8Array): SupportFile {
  try {
    const content = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!content.includes('\0')) return { path, encoding: 'utf8', content };
  } catch {
    // Not text.
  }
  return { path, encoding: 'base64', content: Buffer.from(bytes).toString('base64') };
}

/** A version as its maker wrote it; null of one that ships with the product. */
export async function contentOf(q: Queryable, version: TemplateRow): Promise<TemplateContent | null> {
  const language = scriptLanguage(version.entry);
  if (language === null) return null;
  const files = await filesOfVersion(q, version.id);
  const script = files.find(({ path }) => path === SCRIPT_NAMES[language]);
  const { name, description, outputs, requires, network, timeLimitS, memoryLimitBytes } = version;
  return {
    ...{ name, description, language, script: new TextDecoder().decode(script?.content) },
    files: files.filter((file) => file !== script).map(({ path, content }) => supportFile(path, content)),
    parameters: templateParameterSchema.array().parse(version.parameters),
    // The columns of the dataset table are those of templates that ship with the product, not of copies of them.
    metrics: templateMetricSchema
      .array()
      .parse(version.metrics)
      .map((metric) => ({ ...metric, ofDataset: false })),
    ...{ outputs, requires, timeLimitS, memoryLimitBytes },
    ...(network ? { network } : {}),
  };
}
