import type { Metadata } from 'next';
import { EditTemplatePage } from '#src/features/templates/index.ts';

export const metadata: Metadata = { title: 'Edit template' };

export default async function EditPage({ params }: { params: Promise<{ slug: string }> }) {
  return <EditTemplatePage slug={(await params).slug} />;
}
