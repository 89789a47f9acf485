import { DatasetsTab } from '#src/features/experiments/index.ts';

export default DatasetsTab;
