'use client';
import { useQuery } from '@tanstack/react-query';
import { Play } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { Dialog, DialogContent, DialogTrigger } from '#src/components/ui/dialog.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Field, NativeSelect } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { datasetParameterOf } from '#src/shared/contracts/parameter-values.ts';
import { LaunchForm } from './launch-form.tsx';
import { ParameterField } from './parameter-field.tsx';

/** Of a program that looks at one dataset without declaring it. */
const ITS_DATASET = {
  ...{ name: 'dataset', label: 'Dataset', type: 'dataset' as const, description: '' },
};

interface Where {
  experiment: { id: string; code: string; mayProlong: boolean };
  /** Fixed where the page is about one. */
  slug?: string;
  /** The template is tried out: what others wait for goes before it. */
  isTest?: boolean;
}

function RunTemplateForm({ experiment, slug: fixed, isTest, onDone }: Where & { onDone: () => void }) {
  const trpc = useTRPC();
  const [chosen, setChosen] = useState('');
  const [datasetId, setDatasetId] = useState('');
  const templates = useQuery(trpc.jobs.templates.queryOptions());
  if (templates.isPending) return <SkeletonRows rows={4} />;
  if (templates.isError) return <ErrorState error={templates.error} retry={() => void templates.refetch()} />;
  const slug = fixed ?? chosen;
  const template = templates.data.find((each) => each.slug === slug);
  const asksDataset = template?.needsDataset && datasetParameterOf(template.parameters) === null;
  return (
    <div className="grid gap-3">
      {fixed === undefined && (
        <Field label="Template" hint={template?.description}>
          {(props) => (
            <NativeSelect {...props} value={slug} onChange={(event) => setChosen(event.currentTarget.value)}>
              <option value="">Choose a template</option>
              {templates.data.map((each) => (
                <option key={each.slug} value={each.slug}>
                  {each.name}
                </option>
              ))}
            </NativeSelect>
          )}
        </Field>
      )}
      {asksDataset && (
        <ParameterField
          parameter={ITS_DATASET}
          experimentId={experiment.id}
          typed={datasetId}
          fault={undefined}
          onType={(typed) => setDatasetId(String(typed))}
        />
      )}
      {template && (
        <LaunchForm
          key={`${experiment.id} ${template.slug} ${template.version}`}
          launch={{ experiment, template, datasetId: asksDataset ? datasetId || null : null, isTest }}
          mayProlong={experiment.mayProlong}
          action="Run"
          onDone={onDone}
        />
      )}
    </div>
  );
}

/** Runs a template in an experiment: chosen here, or the one of the page. */
export function RunTemplate({
  experiment,
  slug,
  isTest,
  label,
  title = label,
}: Where & { label: string; title?: string }) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button size="sm">
          <Play aria-hidden />
          {label}
        </Button>
      </DialogTrigger>
      <DialogContent
        title={title}
        description={`In ${experiment.code}; results go into a folder of their own.`}
      >
        <RunTemplateForm experiment={experiment} slug={slug} isTest={isTest} onDone={() => setOpen(false)} />
      </DialogContent>
    </Dialog>
  );
}
