import { PeopleTab } from '#src/features/experiments/index.ts';

export default PeopleTab;
