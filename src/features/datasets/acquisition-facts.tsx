import type { ReactNode } from 'react';
import { RelativeTime } from '#src/components/relative-time.tsx';
import type { DatasetDetail } from '#src/server/domain/datasets/datasets.service.ts';
import { CORRECTABLE_FIELDS, type CorrectableField, type FieldValue } from '#src/shared/model/correction.ts';
import { correctionWords, fieldWords, gridWords, positionWords, valueWords } from './acquisition-words.ts';
import { Mark } from './mark.tsx';

const LABELS: Readonly<Record<CorrectableField, string>> = {
  kind: 'kind',
  sample: 'sample',
  energyEv: 'energy',
  exposureS: 'exposure',
  omegaStartDeg: 'omega start',
  omegaIncrementDeg: 'omega step',
};

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="wrap-anywhere text-ink-soft">{label}</dt>
      <dd className="wrap-anywhere min-w-0 tabular-nums">{children}</dd>
    </>
  );
}

/** What was measured, as rows of a description list; below what was corrected stands what its source said, who corrected it and when. */
export function AcquisitionFacts({ dataset }: { dataset: DatasetDetail }) {
  const { acquisition } = dataset;
  const { energyEv, exposureS, omegaStartDeg, omegaIncrementDeg, mark, comment, grid } = acquisition;
  const said: Record<CorrectableField, FieldValue> = {
    ...{ kind: dataset.kind, sample: dataset.sampleName },
    ...{ energyEv, exposureS, omegaStartDeg, omegaIncrementDeg },
  };
  const place = positionWords(dataset.sampleContainer, dataset.samplePosition);
  return (
    <>
      {mark !== null && (
        <Fact label="mark">
          <Mark mark={mark} />
        </Fact>
      )}
      {comment !== '' && (
        <Fact label="comment">
          <span className="whitespace-pre-line">{comment}</span>
        </Fact>
      )}
      {CORRECTABLE_FIELDS.map((field) => {
        const made = acquisition.corrections.find((each) => each.field === field);
        const isOptional = field !== 'kind' && field !== 'sample';
        if (said[field] === null && isOptional && !made) return null;
        return (
          <Fact key={field} label={LABELS[field]}>
            {field === 'sample' && said.sample === null ? '—' : fieldWords(field, said[field])}
            {field === 'sample' && place !== null && <span className="text-ink-faint"> · {place}</span>}
            {made && (
              <span className="block text-ink-faint">
                {correctionWords(made)}, <RelativeTime at={made.at} />
              </span>
            )}
          </Fact>
        );
      })}
      {grid && <Fact label="lattice">{gridWords(grid)}</Fact>}
      {Object.entries(acquisition.values).map(([name, value]) => (
        <Fact key={name} label={name}>
          {valueWords(value)}
        </Fact>
      ))}
      {acquisition.ignored.length > 0 && (
        <Fact label="in the stream">
          {acquisition.ignored.map((sentence) => (
            <span key={sentence} className="block text-ink-soft">
              {sentence}
            </span>
          ))}
        </Fact>
      )}
    </>
  );
}
