import { FilesTab } from '#src/features/experiments/index.ts';

export default FilesTab;
