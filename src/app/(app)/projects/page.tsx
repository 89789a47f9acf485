import type { Metadata } from 'next';
import { ProjectsPage } from '#src/features/projects/index.ts';

export const metadata: Metadata = { title: 'Projects' };

export default ProjectsPage;
