'use client';
import { useQuery } from '@tanstack/react-query';
import { ListFilter } from 'lucide-react';
import { type ReactNode, type RefObject, useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { Input, NativeSelect } from '#src/components/ui/input.tsx';
import { MARK_WORDS } from '#src/features/datasets/index.ts';
import { useTRPC } from '#src/features/shell/index.ts';
import type { TemplateMetric } from '#src/shared/contracts/job-template.ts';
import { ACQUISITION_MARKS } from '#src/shared/model/acquisition-fields.ts';
import { ACQUISITION_KINDS, DATASET_STATES } from '#src/shared/model/states.ts';
import { samplesWith } from './sample-words.ts';
import type { useDatasetFilters } from './use-dataset-filters.ts';

type Props = Pick<ReturnType<typeof useDatasetFilters>, 'filters' | 'setFilters' | 'isFiltered' | 'clear'> & {
  experimentId: string;
  metrics: readonly TemplateMetric[];
  searchBox: RefObject<HTMLInputElement | null>;
  /** At the end of the bar. */
  actions: ReactNode;
};

/** One of a few, or all. */
function Choice<Value extends string>({
  label,
  value,
  all,
  choices,
  onChoose,
  className = 'sm:w-32',
}: {
  label: string;
  value: Value | null;
  all: string;
  choices: readonly (readonly [Value, string])[];
  onChoose: (value: Value | null) => void;
  className?: string;
}) {
  return (
    <NativeSelect
      aria-label={label}
      className={className}
      value={value ?? ''}
      onChange={(event) =>
        onChoose(choices.find(([each]) => each === event.currentTarget.value)?.[0] ?? null)
      }
    >
      <option value="">{all}</option>
      {choices.map(([each, words]) => (
        <option key={each} value={each}>
          {words}
        </option>
      ))}
    </NativeSelect>
  );
}

const NO_SAMPLE = 'none';

function SampleChoice({
  experimentId,
  filters,
  setFilters,
}: Pick<Props, 'experimentId' | 'filters' | 'setFilters'>) {
  const trpc = useTRPC();
  const { data = [] } = useQuery(trpc.experiments.samples.queryOptions({ experimentId }));
  const names = samplesWith(data, '').map(({ name }) => name);
  // Of a link that names one which is no more, or not yet.
  if (filters.sample && !names.includes(filters.sample)) names.push(filters.sample);
  const value = filters.nosample ? NO_SAMPLE : filters.sample ? `=${filters.sample}` : null;
  return (
    <Choice
      label="Sample"
      value={value}
      all="All samples"
      choices={[[NO_SAMPLE, 'Without a sample'], ...names.map((name) => [`=${name}`, name] as const)]}
      onChoose={(chosen) =>
        void setFilters({
          nosample: chosen === NO_SAMPLE,
          sample: chosen === null || chosen === NO_SAMPLE ? null : chosen.slice(1),
        })
      }
    />
  );
}

/** Search, filters and order of the datasets. On a phone all but the search stays behind a button until one is set. */
export function DatasetFilterBar(props: Props) {
  const { filters, setFilters, isFiltered, clear, metrics, searchBox, actions } = props;
  const [isOpen, setOpen] = useState(isFiltered || filters.sort !== '');
  return (
    <div className="flex flex-wrap items-center gap-2 px-3 py-2 sm:px-4">
      <Input
        ref={searchBox}
        type="search"
        aria-label="Filter datasets"
        placeholder="Name, sample or comment"
        className="min-w-0 flex-1 sm:max-w-52"
        value={filters.q}
        onChange={(event) => void setFilters({ q: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
      <Button
        className="sm:hidden"
        aria-expanded={isOpen}
        aria-controls="dataset-filters"
        onClick={() => setOpen(!isOpen)}
      >
        <ListFilter aria-hidden /> Filters
      </Button>
      <div
        id="dataset-filters"
        className={`grid grid-cols-2 items-center gap-2 max-sm:w-full sm:flex sm:flex-wrap ${isOpen ? '' : 'max-sm:hidden'}`}
      >
        <SampleChoice {...props} />
        <Choice
          label="Kind"
          value={filters.kind}
          all="All kinds"
          choices={ACQUISITION_KINDS.map((kind) => [kind, kind] as const)}
          onChoose={(kind) => void setFilters({ kind })}
        />
        <Choice
          label="Mark"
          value={filters.mark}
          all="All marks"
          choices={[
            ...ACQUISITION_MARKS.map((mark) => [mark, MARK_WORDS[mark].word] as const),
            ['none', 'Not marked'],
          ]}
          onChoose={(mark) => void setFilters({ mark })}
        />
        <Choice
          label="State"
          value={filters.state}
          all="All states"
          choices={DATASET_STATES.map((state) => [state, state] as const)}
          onChoose={(state) => void setFilters({ state })}
        />
        <Choice
          label="Order"
          className="sm:w-44"
          value={filters.sort || null}
          all="Newest first"
          choices={metrics.flatMap(({ name, label }) => [
            [`-${name}`, `${label}, highest`] as const,
            [name, `${label}, lowest`] as const,
          ])}
          onChoose={(sort) => void setFilters({ sort })}
        />
        {isFiltered && (
          <Button look="quiet" onClick={clear}>
            Clear
          </Button>
        )}
      </div>
      <div className={`ml-auto flex flex-wrap gap-2 ${isOpen ? '' : 'max-sm:hidden'}`}>{actions}</div>
    </div>
  );
}
