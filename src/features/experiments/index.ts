export { DatasetsTab } from './datasets-tab.tsx';
export { ExperimentFrame, useExperiment } from './experiment-frame.tsx';
export { ExperimentsPage } from './experiments-page.tsx';
export { FilesTab } from './files-tab.tsx';
export { JobsTab } from './jobs-tab.tsx';
export { PeopleTab } from './people-tab.tsx';
