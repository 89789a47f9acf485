import type { Metadata } from 'next';
import { ExperimentsPage } from '#src/features/experiments/index.ts';

export const metadata: Metadata = { title: 'Experiments' };

export default ExperimentsPage;
