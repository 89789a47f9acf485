'use client';
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { Field, Input, NativeSelect, Textarea } from '#src/components/ui/input.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { AcquisitionFacts } from '#src/server/domain/datasets/edit-acquisition.ts';
import { ACQUISITION_MARKS } from '#src/shared/model/acquisition-fields.ts';
import type { CorrectableField } from '#src/shared/model/correction.ts';
import { ACQUISITION_KINDS, type AcquisitionKind } from '#src/shared/model/states.ts';
import type { AcquisitionDraft, DraftFaults } from './acquisition-draft.ts';
import { correctionWords, MARK_WORDS } from './acquisition-words.ts';

interface FieldsProps {
  draft: AcquisitionDraft;
  faults: DraftFaults;
  onSet: (change: Partial<AcquisitionDraft>) => void;
}

const NUMBERS = [
  { name: 'energyEv', label: 'Energy (eV)' },
  { name: 'exposureS', label: 'Exposure of an image (s)' },
  { name: 'omegaStartDeg', label: 'Omega at the start (°)' },
  { name: 'omegaIncrementDeg', label: 'Omega step of an image (°)' },
] as const;

const GRID_NUMBERS = [
  { name: 'rows', label: 'Rows' },
  { name: 'columns', label: 'Columns' },
  { name: 'stepXUm', label: 'Step x (µm)' },
  { name: 'stepYUm', label: 'Step y (µm)' },
] as const;

/** The sample of this or another name: those of the experiment are offered, others are added. */
function SampleField({
  experimentId,
  hint,
  draft,
  faults,
  onSet,
}: FieldsProps & { experimentId: string; hint: string | undefined }) {
  const trpc = useTRPC();
  const listId = useId();
  const { data: samples = [] } = useQuery(trpc.experiments.samples.queryOptions({ experimentId }));
  const isNew = draft.sample.trim() !== '' && !samples.some(({ name }) => name === draft.sample.trim());
  return (
    <Field
      label="Sample"
      className="sm:col-span-2"
      hint={isNew ? 'A new sample of this name is added.' : hint}
      fault={faults.sample}
    >
      {(props) => (
        <>
          <Input
            {...props}
            list={listId}
            value={draft.sample}
            placeholder="No sample"
            onChange={(event) => onSet({ sample: event.currentTarget.value })}
          />
          <datalist id={listId}>
            {samples.map(({ id, name, protein }) => (
              <option key={id} value={name}>
                {protein}
              </option>
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}

/** The fields of an acquisition; below those that were corrected stands what their source said. */
export function AcquisitionFields(
  props: FieldsProps & { experimentId: string; corrections: AcquisitionFacts['corrections'] },
) {
  const { draft, faults, onSet, corrections } = props;
  const hintOf = (field: CorrectableField) => {
    const made = corrections.find((each) => each.field === field);
    return made && correctionWords(made);
  };
  const number = (
    { name, label }: { name: keyof AcquisitionDraft & keyof DraftFaults; label: string },
    hint?: string,
  ) => (
    <Field key={name} label={label} hint={hint} fault={faults[name]}>
      {(field) => (
        <Input
          {...field}
          inputMode="decimal"
          className="tabular-nums"
          value={String(draft[name])}
          onChange={(event) => onSet({ [name]: event.currentTarget.value })}
        />
      )}
    </Field>
  );
  const isScan = ['grid', 'scan', 'serial'].includes(draft.kind) || draft.rows !== '';
  return (
    <>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <Field label="Mark" fault={faults.mark}>
          {(field) => (
            <NativeSelect
              {...field}
              value={draft.mark}
              onChange={(event) => onSet({ mark: event.currentTarget.value })}
            >
              <option value="">Not marked</option>
              {ACQUISITION_MARKS.map((mark) => (
                <option key={mark} value={mark}>
                  {MARK_WORDS[mark].word}
                </option>
              ))}
            </NativeSelect>
          )}
        </Field>
        <Field label="Kind" hint={hintOf('kind')} fault={faults.kind}>
          {(field) => (
            <NativeSelect
              {...field}
              value={draft.kind}
              onChange={(event) => onSet({ kind: event.currentTarget.value as AcquisitionKind })}
            >
              {ACQUISITION_KINDS.map((kind) => (
                <option key={kind}>{kind}</option>
              ))}
            </NativeSelect>
          )}
        </Field>
        <SampleField {...props} hint={hintOf('sample')} />
      </div>
      <Field label="Comment" fault={faults.comment}>
        {(field) => (
          <Textarea
            {...field}
            value={draft.comment}
            onChange={(event) => onSet({ comment: event.currentTarget.value })}
          />
        )}
      </Field>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        {NUMBERS.map((each) => number(each, hintOf(each.name)))}
      </div>
      {isScan && (
        <fieldset className="grid grid-cols-2 items-start gap-3 rounded-md border p-3 sm:grid-cols-4">
          <legend className="px-1 font-medium text-ink-soft text-sm">Lattice of the scan</legend>
          {GRID_NUMBERS.map((each) => number(each))}
          <label className="col-span-full flex items-center gap-2 text-sm">
            <input
              type="checkbox"
              className="accent-(--accent)"
              checked={draft.snake}
              onChange={(event) => onSet({ snake: event.currentTarget.checked })}
            />
            Every second row was measured backwards
          </label>
        </fieldset>
      )}
      <Field label="Parameters" hint="One a line: kappa = 30 deg" fault={faults.values}>
        {(field) => (
          <Textarea
            {...field}
            className="font-mono text-xs"
            spellCheck={false}
            value={draft.values}
            onChange={(event) => onSet({ values: event.currentTarget.value })}
          />
        )}
      </Field>
    </>
  );
}
