import type { Metadata } from 'next';
import { AlarmsPage } from '#src/features/alarms/index.ts';

export const metadata: Metadata = { title: 'Alarms' };

export default AlarmsPage;
