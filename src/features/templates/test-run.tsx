'use client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { NativeSelect } from '#src/components/ui/input.tsx';
import { RunTemplate } from '#src/features/jobs/index.ts';
import { useTRPC } from '#src/features/shell/index.ts';
import type { TemplateDetail } from '#src/server/domain/templates/templates.service.ts';
import { allows } from '#src/shared/permissions/permission-table.ts';

const EXPERIMENTS_SHOWN = 50;

/** A run of the newest version in an experiment of one's choice, from the page of the template. */
export function TestRun({ template }: { template: TemplateDetail }) {
  const trpc = useTRPC();
  const [chosen, setChosen] = useState('');
  const list = useQuery(trpc.experiments.list.queryOptions({ limit: EXPERIMENTS_SHOWN }));
  const experiments = (list.data?.items ?? []).filter(({ roles }) => allows('job.run', roles));
  const experiment = experiments.find(({ id }) => id === chosen) ?? experiments[0];
  if (!experiment) return null;
  return (
    <div className="flex items-center gap-1">
      <RunTemplate
        experiment={{
          ...{ id: experiment.id, code: experiment.code },
          mayProlong: allows('experiment.askProlongation', experiment.roles),
        }}
        slug={template.slug}
        isTest
        label="Run"
        title={`Run ${template.name}`}
      />
      <NativeSelect
        aria-label="In which experiment"
        className="h-7 w-auto max-w-44 py-0 font-mono text-xs"
        value={experiment.id}
        onChange={(event) => setChosen(event.currentTarget.value)}
      >
        {experiments.map(({ id, code, title }) => (
          <option key={id} value={id} title={title}>
            {code}
          </option>
        ))}
      </NativeSelect>
    </div>
  );
}
