'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { cn } from '#src/components/class-names.ts';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { StreamFieldsEditor } from './stream-fields-editor.tsx';
import { ruleWords } from './stream-rule-draft.ts';

interface Props {
  instrument: { id: string; name: string };
  /** Whether the rules can be tried on the newest series, which is data. */
  isTried: boolean;
}

function useStreamFields(instrument: Props['instrument']) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const of = { instrumentId: instrument.id };
  const fields = useQuery(trpc.instruments.streamFields.queryOptions(of));
  const set = () => {
    toast.done(`Counts for the next acquisition at ${instrument.name}`);
    void queries.invalidateQueries(trpc.instruments.streamFields.queryFilter(of));
  };
  return { fields, set };
}

/** The button that changes the rules, once they are known. */
export function ChangeStreamFields({ instrument, isTried }: Props) {
  const { fields, set } = useStreamFields(instrument);
  return fields.data ? (
    <StreamFieldsEditor instrument={instrument} rules={fields.data.rules} onSet={set} isTried={isTried} />
  ) : null;
}

/** Which names in the streams' user data fill which fields of an acquisition, since when and by whom. */
export function StreamFieldsRules({
  instrument,
  none,
  lineClassName,
}: Pick<Props, 'instrument'> & {
  /** What to say besides where nothing is set. */
  none?: ReactNode;
  /** Of each line, its place beside the edges. */
  lineClassName?: string;
}) {
  const { fields } = useStreamFields(instrument);
  if (fields.isPending) return <SkeletonRows rows={2} />;
  if (!fields.data) return <ErrorState error={fields.error} retry={() => void fields.refetch()} />;
  const { rules, since, setByName } = fields.data;
  if (rules.length === 0) {
    return (
      <p className={cn('py-1 text-ink-soft text-sm', lineClassName)}>
        Nothing is set: of the user data only <code>sample_name</code> and <code>file_prefix</code> are used.
        {none}
      </p>
    );
  }
  return (
    <>
      <ul className="divide-y">
        {rules.map((rule, index) => (
          // Two rules may be alike: only their order tells them apart.
          // biome-ignore lint/suspicious/noArrayIndexKey: a list that is replaced as a whole
          <li key={index} className={cn('flex flex-wrap gap-x-3 py-1 text-sm', lineClassName)}>
            <code className="wrap-anywhere min-w-40">{rule.key}</code>
            <span className="wrap-anywhere min-w-0 text-ink-soft">{ruleWords(rule)}</span>
          </li>
        ))}
      </ul>
      {since && (
        <p className={cn('py-1 text-ink-faint text-xs', lineClassName)}>
          Set <RelativeTime at={since} />
          {setByName && ` by ${setByName}`}
        </p>
      )}
    </>
  );
}
