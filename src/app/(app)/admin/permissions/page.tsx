import type { Metadata } from 'next';
import { PermissionsPage } from '#src/features/admin/index.ts';

export const metadata: Metadata = { title: 'Permissions' };

export default PermissionsPage;
