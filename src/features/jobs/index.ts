export { ComparePage } from './compare-page.tsx';
export { JobList } from './job-list.tsx';
export { JobPage } from './job-page.tsx';
export { isOver, JOB_STATE_WORDS, jobName, tookWords } from './job-words.ts';
export { JobsPage } from './jobs-page.tsx';
export {
  draftOf as parameterDraft,
  type ParameterDraft,
  readDraft as readParameters,
} from './parameter-draft.ts';
export { ParameterField } from './parameter-field.tsx';
export { parameterText } from './parameter-words.ts';
export { RunAgain } from './run-again.tsx';
export { RunTemplate } from './run-template.tsx';
