import { ProjectExperiments } from '#src/features/projects/index.ts';

export default ProjectExperiments;
