import type { Metadata } from 'next';
import { AuditPage } from '#src/features/admin/index.ts';

export const metadata: Metadata = { title: 'Audit trail' };

export default AuditPage;
