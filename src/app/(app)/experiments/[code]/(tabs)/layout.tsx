import type { Metadata } from 'next';
import type { ReactNode } from 'react';
import { ExperimentFrame } from '#src/features/experiments/index.ts';
import { parseExperimentCode } from '#src/shared/model/experiment-code.ts';

interface Props {
  params: Promise<{ code: string }>;
  children: ReactNode;
}

export async function generateMetadata({ params }: Pick<Props, 'params'>): Promise<Metadata> {
  const { code } = await params;
  return { title: parseExperimentCode(code) ?? 'Experiment' };
}

export default async function ExperimentLayout({ params, children }: Props) {
  const { code } = await params;
  return <ExperimentFrame code={code}>{children}</ExperimentFrame>;
}
