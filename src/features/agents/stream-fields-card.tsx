'use client';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { ChangeStreamFields, StreamFieldsRules } from './stream-fields-rules.tsx';

/** What the streams of an instrument fill in, for staff, who may try it on the newest series. */
export function StreamFieldsCard({ instrument }: { instrument: { id: string; name: string } }) {
  return (
    <Card>
      <CardHeader title="Fields from the stream" hint="What the detectors’ user data say of an acquisition">
        <ChangeStreamFields instrument={instrument} isTried />
      </CardHeader>
      <StreamFieldsRules
        instrument={instrument}
        lineClassName="px-3 py-1.5"
        none=" Say which names of your beamline’s user data are the position, the kind, the transmission and so on, and they stand with every dataset."
      />
    </Card>
  );
}
