import { ProjectSettings } from '#src/features/projects/index.ts';

export default ProjectSettings;
