import { ProjectPeople } from '#src/features/projects/index.ts';

export default ProjectPeople;
