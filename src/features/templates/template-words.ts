import type { TemplateItem, TemplateShareView } from '#src/server/domain/templates/templates.service.ts';
import { PARAMETER_TYPES, type ParameterType } from '#src/shared/contracts/job-template.ts';
import type { TemplateLanguage } from '#src/shared/contracts/template-content.ts';

export const LANGUAGE_WORDS: Readonly<Record<TemplateLanguage, string>> = { bash: 'Bash', python: 'Python' };

/** In what it is written, for a list. */
export const languageWords = (language: TemplateLanguage | null): string =>
  language === null ? 'a program of Beamdeck' : LANGUAGE_WORDS[language];

export const TYPE_WORDS: Readonly<Record<ParameterType, string>> = {
  text: 'text',
  number: 'number',
  integer: 'whole number',
  boolean: 'yes or no',
  choice: 'choice',
  file: 'file',
  folder: 'folder',
  dataset: 'dataset',
  datasets: 'list of datasets',
};
export const TYPES: readonly ParameterType[] = PARAMETER_TYPES;

/** Whose it is. */
export function ownerWords(item: Pick<TemplateItem, 'ownerName' | 'isMine' | 'isShipped'>): string {
  if (item.isShipped) return 'Beamdeck';
  return item.isMine ? 'you' : (item.ownerName ?? 'somebody');
}

/** With whom a template is shared, as a line of its list. */
export function shareWords({ sharedWith, name }: Pick<TemplateShareView, 'sharedWith' | 'name'>): string {
  switch (sharedWith) {
    case 'everyone':
      return 'Everyone at this installation';
    case 'facility':
      return `Everybody of ${name ?? 'the facility'}`;
    case 'instrument':
      return `Staff and experiments of ${name ?? 'an instrument'}`;
    case 'person':
      return name ?? 'Somebody';
  }
}

/** "2 h", "90 s": a limit as people type and read it. */
export function limitWords(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

/** The name of an exported file; nothing that a file system minds. */
export const exportName = (slug: string, version: number): string => `${slug}-v${version}.template.json`;

/** Whether every word of a search stands in what a list shows of a template. */
export function matchesWords(
  item: Pick<TemplateItem, 'name' | 'description' | 'ownerName' | 'isMine' | 'isShipped' | 'language'>,
  search: string,
): boolean {
  const text =
    `${item.name} ${item.description} ${ownerWords(item)} ${languageWords(item.language)}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
