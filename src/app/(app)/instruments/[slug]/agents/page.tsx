import type { Metadata } from 'next';
import { AgentsPage } from '#src/features/agents/index.ts';

export const metadata: Metadata = { title: 'Agents' };

export default AgentsPage;
