'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { StreamFieldsEditor } from './stream-fields-editor.tsx';
import { ruleWords } from './stream-rule-draft.ts';

/** Which names in the streams' user data fill which fields of an acquisition, and how to change that from the next one on. */
export function StreamFieldsCard({ instrument }: { instrument: { id: string; name: string } }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const of = { instrumentId: instrument.id };
  const fields = useQuery(trpc.instruments.streamFields.queryOptions(of));
  const set = () => {
    toast.done(`Counts for the next acquisition at ${instrument.name}`);
    void queries.invalidateQueries(trpc.instruments.streamFields.queryFilter(of));
  };
  return (
    <Card>
      <CardHeader title="Fields from the stream" hint="What the detectors’ user data say of an acquisition">
        {fields.data && (
          <StreamFieldsEditor instrument={instrument} rules={fields.data.rules} onSet={set} isTried />
        )}
      </CardHeader>
      {fields.isPending && <SkeletonRows rows={2} />}
      {fields.isError && !fields.data && (
        <ErrorState error={fields.error} retry={() => void fields.refetch()} />
      )}
      {fields.data?.rules.length === 0 && (
        <p className="px-3 py-2 text-ink-soft text-sm">
          Nothing is set: of the user data only <code>sample_name</code> and <code>file_prefix</code> are
          used. Say which names of your beamline’s user data are the position, the kind, the transmission and
          so on, and they stand with every dataset.
        </p>
      )}
      {fields.data && fields.data.rules.length > 0 && (
        <>
          <ul className="divide-y">
            {fields.data.rules.map((rule, index) => (
              // Two rules may be alike: only their order tells them apart.
              // biome-ignore lint/suspicious/noArrayIndexKey: a list that is replaced as a whole
              <li key={index} className="flex flex-wrap gap-x-3 px-3 py-1.5 text-sm">
                <code className="wrap-anywhere min-w-40">{rule.key}</code>
                <span className="wrap-anywhere min-w-0 text-ink-soft">{ruleWords(rule)}</span>
              </li>
            ))}
          </ul>
          {fields.data.since && (
            <p className="border-t px-3 py-1.5 text-ink-faint text-xs">
              Set <RelativeTime at={fields.data.since} />
              {fields.data.setByName && ` by ${fields.data.setByName}`}
            </p>
          )}
        </>
      )}
    </Card>
  );
}
