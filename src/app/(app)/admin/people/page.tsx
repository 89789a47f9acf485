import type { Metadata } from 'next';
import { PeoplePage } from '#src/features/admin/index.ts';

export const metadata: Metadata = { title: 'People' };

export default PeoplePage;
