import type { Metadata } from 'next';
import { JobsPage } from '#src/features/jobs/index.ts';

export const metadata: Metadata = { title: 'Jobs' };

export default JobsPage;
