import type { Metadata } from 'next';
import { TemplatesPage } from '#src/features/templates/index.ts';

export const metadata: Metadata = { title: 'Templates' };

export default TemplatesPage;
