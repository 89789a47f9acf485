import type { Metadata } from 'next';
import { FacilityAgentsPage } from '#src/features/admin/index.ts';

export const metadata: Metadata = { title: 'Agents, administered' };

export default FacilityAgentsPage;
