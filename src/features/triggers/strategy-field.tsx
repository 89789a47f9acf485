'use client';
import { useQuery } from '@tanstack/react-query';
import { Field, NativeSelect } from '#src/components/ui/input.tsx';
import { useTRPC } from '#src/features/shell/index.ts';

/** For staff who make an experiment or make it active: which strategy it has. Nothing where the instrument has one alone, or none. */
export function StrategyField({
  instrumentId,
  chosen,
  unchosen,
  onChoose,
}: {
  instrumentId: string;
  chosen: string;
  /** What stands for no choice. */
  unchosen: string;
  onChoose: (strategyId: string) => void;
}) {
  const trpc = useTRPC();
  const strategies = useQuery(
    trpc.triggers.strategies.queryOptions({ instrumentId }, { enabled: instrumentId !== '', retry: false }),
  );
  if ((strategies.data?.length ?? 0) < 2) return null;
  return (
    <Field label="Strategy" hint="What starts by itself when data come.">
      {(props) => (
        <NativeSelect {...props} value={chosen} onChange={(event) => onChoose(event.currentTarget.value)}>
          <option value="">{unchosen}</option>
          {strategies.data?.map(({ id, name, isDefault }) => (
            <option key={id} value={id}>
              {isDefault ? `${name} (default now)` : name}
            </option>
          ))}
        </NativeSelect>
      )}
    </Field>
  );
}
