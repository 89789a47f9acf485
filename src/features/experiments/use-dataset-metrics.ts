'use client';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '#src/features/shell/index.ts';
import type { TemplateMetric } from '#src/shared/contracts/job-template.ts';

const NONE: readonly TemplateMetric[] = [];

/** Several templates may tell the same number. */
function keptMetrics(templates: readonly { metrics: readonly TemplateMetric[] }[]): TemplateMetric[] {
  const kept = templates.flatMap(({ metrics }) => metrics.filter(({ ofDataset }) => ofDataset));
  return [...new Map(kept.map((metric) => [metric.name, metric])).values()];
}

/** What the templates of jobs declare of the numbers kept with a dataset; empty until it is known. */
export function useDatasetMetrics(): readonly TemplateMetric[] {
  const trpc = useTRPC();
  const query = useQuery(
    // Templates change with the version of the server only.
    trpc.jobs.templates.queryOptions(undefined, {
      staleTime: Number.POSITIVE_INFINITY,
      select: keptMetrics,
    }),
  );
  return query.data ?? NONE;
}
