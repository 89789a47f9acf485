import { experimentKeywords, experimentTitle, keywordsOf } from '#src/shared/model/experiment-fields.ts';
import { normalText } from '#src/shared/model/plain-text.ts';

/** What stands in the fields of the form, as typed. */
export interface ProjectDraft {
  title: string;
  keywords: string;
}

export const EMPTY_PROJECT: ProjectDraft = { title: '', keywords: '' };

/** The draft as the server takes it. */
export const projectFieldsOf = ({ title, keywords }: ProjectDraft) => ({
  title: normalText(title),
  keywords: keywordsOf(keywords),
});

/** What is wrong with the draft, by the rules of the server. */
export function projectFaultsOf(draft: ProjectDraft): Partial<Record<keyof ProjectDraft, string>> {
  const fields = projectFieldsOf(draft);
  const title = experimentTitle.safeParse(draft.title).error?.issues[0]?.message;
  const keywords = experimentKeywords.safeParse(fields.keywords).error?.issues[0]?.message;
  return { ...(title && { title }), ...(keywords && { keywords }) };
}

const counted = (count: number, one: string, many: string) =>
  count === 0 ? `no ${many}` : `${count} ${count === 1 ? one : many}`;

/** "3 experiments · 1 person". */
export const countsWords = ({ experiments, people }: { experiments: number; people: number }): string =>
  `${counted(experiments, 'experiment', 'experiments')} · ${counted(people, 'person', 'people')}`;

export const datasetsWords = (count: number): string =>
  count === 0 ? 'no data' : counted(count, 'dataset', 'datasets');
