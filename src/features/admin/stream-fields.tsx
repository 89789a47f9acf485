'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { ruleWords, StreamFieldsEditor } from '#src/features/agents/index.ts';
import { useTRPC } from '#src/features/shell/index.ts';

/** What the streams of an instrument fill in, and how to change that. Admins see no data, so that nothing measured is there to try it with. */
export function StreamFields({ instrument }: { instrument: { id: string; name: string } }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const of = { instrumentId: instrument.id };
  const fields = useQuery(trpc.instruments.streamFields.queryOptions(of));
  const set = () => {
    toast.done(`Counts for the next acquisition at ${instrument.name}`);
    void queries.invalidateQueries(trpc.instruments.streamFields.queryFilter(of));
  };
  return (
    <section className="grid gap-1.5" aria-label={`Fields from the stream at ${instrument.name}`}>
      <div className="flex flex-wrap items-center gap-2">
        <h3 className="font-medium text-ink-soft text-xs">Fields from the stream</h3>
        {fields.data && (
          <StreamFieldsEditor instrument={instrument} rules={fields.data.rules} onSet={set} isTried={false} />
        )}
      </div>
      {fields.isPending && <SkeletonRows rows={1} />}
      {fields.isError && !fields.data && (
        <ErrorState error={fields.error} retry={() => void fields.refetch()} />
      )}
      {fields.data?.rules.length === 0 && (
        <p className="text-ink-soft text-sm">
          Nothing is set: of the user data only <code>sample_name</code> and <code>file_prefix</code> are
          used.
        </p>
      )}
      {fields.data && fields.data.rules.length > 0 && (
        <>
          <ul className="grid gap-0.5">
            {fields.data.rules.map((rule, index) => (
              // Two rules may be alike: only their order tells them apart.
              // biome-ignore lint/suspicious/noArrayIndexKey: a list that is replaced as a whole
              <li key={index} className="flex flex-wrap gap-x-3 text-sm">
                <code className="wrap-anywhere min-w-32">{rule.key}</code>
                <span className="wrap-anywhere min-w-0 text-ink-soft">{ruleWords(rule)}</span>
              </li>
            ))}
          </ul>
          {fields.data.since && (
            <p className="text-ink-faint text-xs">
              Set <RelativeTime at={fields.data.since} />
              {fields.data.setByName && ` by ${fields.data.setByName}`}
            </p>
          )}
        </>
      )}
    </section>
  );
}
