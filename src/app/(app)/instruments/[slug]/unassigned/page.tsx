import type { Metadata } from 'next';
import { UnassignedPage } from '#src/features/unassigned/index.ts';

export const metadata: Metadata = { title: 'Unassigned' };

export default UnassignedPage;
