'use client';
import { useState } from 'react';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { Field, NativeSelect } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPCClient } from '#src/features/shell/index.ts';
import { CsvImport, outcomeWords } from './csv-import.tsx';

const EXAMPLE = `title,pi,start,end,visit
Lysozyme screening,grace@institute.org,2026-11-21 09:00,2026-11-22 09:00,mx-4711
Thaumatin SAD,ada@institute.org,2026-11-22 09:00,2026-11-22 17:00,mx-4712`;

/** For staff: experiments from a table. A line with a visit that is known changes its experiment. */
export function ImportExperiments({
  instruments,
  onImported,
}: {
  instruments: readonly { id: string; name: string }[];
  onImported: () => void;
}) {
  const client = useTRPCClient();
  const zone = useFacilityZone();
  const [instrumentId, setInstrumentId] = useState(instruments[0]!.id);
  return (
    <CsvImport
      what="experiments"
      columns={`Columns: title and pi (e-mail of an account), required; start, end (on the clocks of ${zone}), proprietary (yes, no), keywords, instrument, visit, proposal, in any order. Lines with the same visit are one experiment, however often they come.`}
      example={EXAMPLE}
      run={(text, dryRun) => client.experiments.importExperiments.mutate({ instrumentId, text, dryRun })}
      onImported={(outcome) => {
        toast.done(`Experiments imported: ${outcomeWords(outcome)}`);
        onImported();
      }}
    >
      {instruments.length > 1 && (
        <Field label="Instrument" hint="Of lines that name none. Choose it before the file.">
          {(props) => (
            <NativeSelect
              {...props}
              value={instrumentId}
              onChange={(event) => setInstrumentId(event.currentTarget.value)}
            >
              {instruments.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </NativeSelect>
          )}
        </Field>
      )}
    </CsvImport>
  );
}
