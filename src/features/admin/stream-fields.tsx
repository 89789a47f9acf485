'use client';
import { ChangeStreamFields, StreamFieldsRules } from '#src/features/agents/index.ts';

/** What the streams of an instrument fill in, and how to change that. Admins see no data, so that nothing measured is there to try it with. */
export function StreamFields({ instrument }: { instrument: { id: string; name: string } }) {
  return (
    <section className="grid gap-1" aria-label={`Fields from the stream at ${instrument.name}`}>
      <div className="flex flex-wrap items-center gap-2">
        <h3 className="font-medium text-ink-soft text-xs">Fields from the stream</h3>
        <ChangeStreamFields instrument={instrument} isTried={false} />
      </div>
      <StreamFieldsRules instrument={instrument} />
    </section>
  );
}
