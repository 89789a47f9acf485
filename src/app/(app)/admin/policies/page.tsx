import type { Metadata } from 'next';
import { PoliciesPage } from '#src/features/admin/index.ts';

export const metadata: Metadata = { title: 'Policies' };

export default PoliciesPage;
