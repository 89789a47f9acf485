'use client';
import { ListFilter } from 'lucide-react';
import { type RefObject, useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { Input, NativeSelect } from '#src/components/ui/input.tsx';
import { EXPERIMENT_STATES } from '#src/shared/model/states.ts';
import { EXPERIMENT_STATE_WORDS } from './experiment-words.ts';
import { SORTS, type useExperimentFilters } from './use-experiment-filters.ts';

type Props = Pick<
  ReturnType<typeof useExperimentFilters>,
  'filters' | 'setFilters' | 'isFiltered' | 'clear'
> & {
  instruments: readonly { slug: string; name: string }[];
  searchBox: RefObject<HTMLInputElement | null>;
};

/** Search, filters and order. On a phone all but the search stays behind a button until one is set. */
export function ExperimentFilterBar({
  filters,
  setFilters,
  isFiltered,
  clear,
  instruments,
  searchBox,
}: Props) {
  const [isOpen, setOpen] = useState(isFiltered);
  const set = (change: Parameters<typeof setFilters>[0]) => void setFilters(change);
  return (
    <div className="flex flex-wrap items-center gap-2 px-3 pb-3 sm:px-4">
      <Input
        ref={searchBox}
        type="search"
        aria-label="Search experiments"
        placeholder="Code, title, keyword or PI"
        className="min-w-0 flex-1 sm:max-w-72"
        value={filters.q}
        onChange={(event) => set({ q: event.currentTarget.value })}
      />
      <Button
        className="sm:hidden"
        aria-expanded={isOpen}
        aria-controls="experiment-filters"
        onClick={() => setOpen(!isOpen)}
      >
        <ListFilter aria-hidden /> Filters
      </Button>
      <div
        id="experiment-filters"
        className={`flex flex-wrap items-center gap-2 ${isOpen ? '' : 'max-sm:hidden'}`}
      >
        <NativeSelect
          aria-label="State"
          className="w-36"
          value={filters.state ?? ''}
          onChange={(event) => {
            const chosen = EXPERIMENT_STATES.find((each) => each === event.currentTarget.value);
            set({ state: chosen ?? null });
          }}
        >
          <option value="">All states</option>
          {EXPERIMENT_STATES.map((each) => (
            <option key={each} value={each}>
              {EXPERIMENT_STATE_WORDS[each].word}
            </option>
          ))}
        </NativeSelect>
        {instruments.length > 1 && (
          <NativeSelect
            aria-label="Instrument"
            className="w-44"
            value={filters.instrument ?? ''}
            onChange={(event) => set({ instrument: event.currentTarget.value || null })}
          >
            <option value="">All instruments</option>
            {instruments.map((each) => (
              <option key={each.slug} value={each.slug}>
                {each.name}
              </option>
            ))}
          </NativeSelect>
        )}
        <Toggle label="I take part" on={filters.mine} onTurn={(mine) => set({ mine })} />
        <Toggle label="Active now" on={filters.active} onTurn={(active) => set({ active })} />
        <span className="flex items-center gap-1 text-ink-faint text-xs">
          <Day label="From" value={filters.from} onSet={(from) => set({ from })} />
          –
          <Day label="To" value={filters.to} onSet={(to) => set({ to })} />
        </span>
        <NativeSelect
          aria-label="Order"
          className="w-44"
          value={filters.sort}
          onChange={(event) => set({ sort: event.currentTarget.value as keyof typeof SORTS })}
        >
          {Object.entries(SORTS).map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </NativeSelect>
        {isFiltered && (
          <Button look="quiet" onClick={clear}>
            Clear
          </Button>
        )}
      </div>
    </div>
  );
}

function Toggle({ label, on, onTurn }: { label: string; on: boolean; onTurn: (on: boolean) => void }) {
  return (
    <Button
      aria-pressed={on}
      className="aria-pressed:border-accent aria-pressed:bg-accent/10 aria-pressed:text-accent"
      onClick={() => onTurn(!on)}
    >
      {label}
    </Button>
  );
}

function Day({
  label,
  value,
  onSet,
}: {
  label: string;
  value: string | null;
  onSet: (day: string | null) => void;
}) {
  return (
    <Input
      type="date"
      aria-label={label}
      title={`${label} this day`}
      className="w-36"
      value={value ?? ''}
      onChange={(event) => onSet(event.currentTarget.value || null)}
    />
  );
}
