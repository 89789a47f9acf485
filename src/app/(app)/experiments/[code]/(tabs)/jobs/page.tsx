import { JobsTab } from '#src/features/experiments/index.ts';

export default JobsTab;
