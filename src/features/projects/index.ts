export { ProjectExperiments } from './project-experiments.tsx';
export { ProjectFrame } from './project-frame.tsx';
export { ProjectPeople } from './project-people.tsx';
export { ProjectSettings } from './project-settings.tsx';
export { ProjectsPage } from './projects-page.tsx';
