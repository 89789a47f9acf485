'use client';
import { useQuery } from '@tanstack/react-query';
import { Button } from '#src/components/ui/button.tsx';
import { NativeSelect } from '#src/components/ui/input.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { JobFilterChoice } from '#src/server/domain/jobs/jobs.service.ts';
import { JOB_FILTER_KEYS, JOB_FILTERS, type JobFilter } from './job-words.ts';
import { type JOB_CHOICES, useJobChoice } from './use-job-choice.ts';
import type { JobScope } from './use-jobs.ts';

const SELECTS = [
  { key: 'who', kind: 'person', label: 'Started by', all: 'anyone' },
  { key: 'trigger', kind: 'trigger', label: 'Trigger', all: 'any trigger' },
  { key: 'template', kind: 'template', label: 'Template', all: 'any template' },
  { key: 'sample', kind: 'sample', label: 'Sample', all: 'any sample' },
] as const satisfies readonly {
  key: keyof typeof JOB_CHOICES;
  kind: JobFilterChoice['kind'];
  label: string;
  all: string;
}[];

/** States as buttons; who and what started them, template and sample to choose among those that occur. */
export function JobFilters({
  scope,
  filter,
  onFilter,
}: {
  scope: JobScope;
  filter: JobFilter;
  onFilter: (filter: JobFilter) => void;
}) {
  const trpc = useTRPC();
  const { choice, setChoice, isNarrowed, clear } = useJobChoice();
  const known = useQuery(trpc.jobs.filters.queryOptions(scope, { staleTime: 30_000 }));
  return (
    <>
      <fieldset className="flex shrink-0 gap-1">
        <legend className="sr-only">Show jobs</legend>
        {JOB_FILTER_KEYS.map((key) => (
          <Button
            key={key}
            size="sm"
            look={key === filter ? 'plain' : 'quiet'}
            aria-pressed={key === filter}
            onClick={() => onFilter(key)}
          >
            {JOB_FILTERS[key].label}
          </Button>
        ))}
      </fieldset>
      {SELECTS.map(({ key, kind, label, all }) => {
        const value = choice[key];
        const options = known.data?.filter((each) => each.kind === kind) ?? [];
        if (options.length === 0 && value === null) return null;
        return (
          <NativeSelect
            key={key}
            aria-label={label}
            className="h-7 w-auto max-w-40 shrink-0 py-0 text-xs"
            value={value ?? ''}
            onChange={(event) => void setChoice({ [key]: event.currentTarget.value || null })}
          >
            <option value="">{all}</option>
            {/* Of a link that names one which no newest job has. */}
            {value !== null && !options.some(({ id }) => id === value) && (
              <option value={value}>{known.isPending ? '…' : 'as in the link'}</option>
            )}
            {options.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </NativeSelect>
        );
      })}
      {isNarrowed && (
        <Button size="sm" look="quiet" className="shrink-0" onClick={clear}>
          Clear
        </Button>
      )}
    </>
  );
}
