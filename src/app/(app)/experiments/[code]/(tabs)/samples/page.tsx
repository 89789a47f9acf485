import { SamplesTab } from '#src/features/experiments/index.ts';

export default SamplesTab;
