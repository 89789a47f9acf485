import { readFileSync } from 'node:fs';
import {
  type TemplateContent,
  type TemplateLanguage,
  templateContentSchema,
} from '#src/shared/contracts/template-content.ts';
import { EMPTY_CONTENT } from './template-content.ts';

const text = readFileSync(new URL('../../docs/templates.md', import.meta.url), 'utf8');

/** The template of a language as docs/templates.md prints it: what it declares, then its script. */
export function documentedTemplate(language: TemplateLanguage): TemplateContent {
  const printed = new RegExp(`\`\`\`json\\n([^\`]*)\`\`\`\\n\\n\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(
    text,
  );
  if (!printed) throw new Error(`docs/templates.md has no example in ${language}.`);
  const declared = JSON.parse(printed[1]!) as Partial<TemplateContent>;
  return templateContentSchema.parse({
    ...EMPTY_CONTENT,
    ...declared,
    ...{ name: `Example in ${language}`, language, script: printed[2]! },
  });
}
