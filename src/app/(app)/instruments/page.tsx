import type { Metadata } from 'next';
import { InstrumentsPage } from '#src/features/cockpit/index.ts';

export const metadata: Metadata = { title: 'Instruments' };

export default InstrumentsPage;
