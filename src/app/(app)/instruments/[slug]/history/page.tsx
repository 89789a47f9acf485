import type { Metadata } from 'next';
import { HistoryPage } from '#src/features/instrument/index.ts';

export const metadata: Metadata = { title: 'History' };

export default HistoryPage;
