import type { Metadata } from 'next';
import { StrategiesPage } from '#src/features/triggers/index.ts';

export const metadata: Metadata = { title: 'Strategies' };

export default StrategiesPage;
