import type { Metadata } from 'next';
import { InstrumentsPage } from '#src/features/admin/index.ts';

export const metadata: Metadata = { title: 'Instruments, administered' };

export default InstrumentsPage;
