import type { Metadata } from 'next';
import { ComparePage } from '#src/features/jobs/index.ts';

export const metadata: Metadata = { title: 'Comparison of jobs' };

export default ComparePage;
