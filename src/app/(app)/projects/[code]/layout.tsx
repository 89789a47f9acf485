import type { Metadata } from 'next';
import type { ReactNode } from 'react';
import { ProjectFrame } from '#src/features/projects/index.ts';
import { parseExperimentCode } from '#src/shared/model/experiment-code.ts';

interface Props {
  params: Promise<{ code: string }>;
  children: ReactNode;
}

export async function generateMetadata({ params }: Pick<Props, 'params'>): Promise<Metadata> {
  const { code } = await params;
  return { title: parseExperimentCode(code) ?? 'Project' };
}

export default async function ProjectLayout({ params, children }: Props) {
  const { code } = await params;
  return <ProjectFrame code={code}>{children}</ProjectFrame>;
}
