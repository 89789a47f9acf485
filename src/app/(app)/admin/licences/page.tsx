import type { Metadata } from 'next';
import { LicencesPage } from '#src/features/admin/index.ts';

export const metadata: Metadata = { title: 'Licences' };

export default LicencesPage;
