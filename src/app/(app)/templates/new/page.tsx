import type { Metadata } from 'next';
import { NewTemplatePage } from '#src/features/templates/index.ts';

export const metadata: Metadata = { title: 'New template' };

export default NewTemplatePage;
