'use client';
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { Field, Input, NativeSelect, Textarea } from '#src/components/ui/input.tsx';
import { ScrollBox } from '#src/components/ui/scroll-box.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { TemplateParameter } from '#src/shared/contracts/job-template.ts';
import type { Typed } from './parameter-draft.ts';
import { parameterHint } from './parameter-words.ts';

/** The newest; older ones are started from their own rows. */
const DATASETS_SHOWN = 200;
const ENTRIES_SHOWN = 200;

interface FieldProps {
  parameter: TemplateParameter;
  experimentId: string;
  typed: Typed;
  fault: string | undefined;
  onType: (typed: Typed) => void;
}

function useDatasets(experimentId: string) {
  const trpc = useTRPC();
  const query = useQuery(trpc.datasets.list.queryOptions({ experimentId, limit: DATASETS_SHOWN }));
  return {
    ...{ isPending: query.isPending, more: query.data?.nextCursor != null },
    datasets: (query.data?.items ?? []).map(({ id, base }) => ({ id, name: base.replace(/^raw\//, '') })),
  };
}

/** What stands for no dataset. */
function emptyChoice(isPending: boolean, count: number, optional: boolean): string {
  if (isPending) return 'reading the datasets …';
  if (count === 0) return 'there are none yet';
  return optional ? 'none' : 'choose one';
}

function DatasetChoice({ parameter, experimentId, typed, fault, onType }: FieldProps) {
  const { isPending, datasets } = useDatasets(experimentId);
  const chosen = String(typed);
  return (
    <Field label={parameter.label} hint={parameterHint(parameter)} fault={fault}>
      {(props) => (
        <NativeSelect
          {...props}
          className="font-mono"
          value={chosen}
          onChange={(event) => onType(event.currentTarget.value)}
        >
          <option value="">{emptyChoice(isPending, datasets.length, parameter.optional ?? false)}</option>
          {chosen !== '' && !datasets.some(({ id }) => id === chosen) && (
            <option value={chosen}>an older dataset</option>
          )}
          {datasets.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </NativeSelect>
      )}
    </Field>
  );
}

function DatasetsChoice({ parameter, experimentId, typed, fault, onType }: FieldProps) {
  const { isPending, datasets, more } = useDatasets(experimentId);
  const chosen = Array.isArray(typed) ? typed : [];
  const older = chosen.filter((id) => !datasets.some((each) => each.id === id)).length;
  const below = fault ?? parameterHint(parameter);
  const toggle = (id: string) =>
    onType(chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id]);
  return (
    <fieldset className="grid gap-1" aria-invalid={fault === undefined ? undefined : true}>
      <legend className="mb-1 font-medium text-ink-soft text-sm">
        {parameter.label} <span className="text-ink-faint">({chosen.length} chosen)</span>
      </legend>
      <ScrollBox className="max-h-48 overflow-y-auto rounded-md border bg-surface">
        {datasets.map(({ id, name }) => (
          <label
            key={id}
            className="flex cursor-pointer items-center gap-2 border-b px-2.5 py-1 last:border-b-0 hover:bg-hover"
          >
            <input
              type="checkbox"
              className="accent-(--accent)"
              checked={chosen.includes(id)}
              onChange={() => toggle(id)}
            />
            <span className="min-w-0 truncate font-mono text-sm">{name}</span>
          </label>
        ))}
        {datasets.length === 0 && (
          <p className="px-2.5 py-1.5 text-ink-faint text-sm">
            {isPending ? 'Reading the datasets …' : 'There are no datasets yet.'}
          </p>
        )}
      </ScrollBox>
      {older > 0 && <p className="text-ink-faint text-xs">and {older} older, which are not listed</p>}
      {more && <p className="text-ink-faint text-xs">The newest {DATASETS_SHOWN} are listed.</p>}
      {below !== undefined && (
        <p
          role={fault === undefined ? undefined : 'alert'}
          className={fault === undefined ? 'text-ink-faint text-xs' : 'text-failed text-xs'}
        >
          {below}
        </p>
      )}
    </fieldset>
  );
}

/** A path, with what lies in the folder that is typed so far as suggestions. */
function PathField({ parameter, experimentId, typed, fault, onType }: FieldProps) {
  const trpc = useTRPC();
  const listId = useId();
  const path = String(typed);
  const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  const isParent = !parent.split('/').some((segment) => segment === '..' || segment === '.');
  const folder = useQuery(
    trpc.files.folder.queryOptions(
      { experimentId, parent, limit: ENTRIES_SHOWN },
      { enabled: isParent, retry: false },
    ),
  );
  const entries = (folder.data?.entries ?? []).filter(
    ({ kind }) => kind === 'folder' || (kind === 'file' && parameter.type === 'file'),
  );
  return (
    <Field label={parameter.label} hint={parameterHint(parameter)} fault={fault}>
      {(props) => (
        <>
          <Input
            {...props}
            list={listId}
            autoComplete="off"
            spellCheck={false}
            maxLength={1000}
            className="font-mono"
            placeholder={parameter.type === 'file' ? 'raw/lyso/mask.h5' : 'raw/lyso'}
            value={path}
            onChange={(event) => onType(event.currentTarget.value)}
          />
          <datalist id={listId}>
            {entries.map((entry) => (
              <option key={entry.path} value={entry.path} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}

/** What is short stands beside its like. */
export const isNarrow = ({ type }: TemplateParameter): boolean =>
  type === 'number' || type === 'integer' || type === 'choice';

/** The field of one declared input, whatever it is. */
export function ParameterField(props: FieldProps) {
  const { parameter, typed, fault, onType } = props;
  switch (parameter.type) {
    case 'dataset':
      return <DatasetChoice {...props} />;
    case 'datasets':
      return <DatasetsChoice {...props} />;
    case 'file':
    case 'folder':
      return <PathField {...props} />;
    case 'boolean':
      return (
        <label className="flex cursor-pointer items-start gap-2">
          <input
            type="checkbox"
            className="mt-1 accent-(--accent)"
            checked={typed === true}
            onChange={(event) => onType(event.currentTarget.checked)}
          />
          <span className="grid">
            <span className="font-medium text-ink-soft text-sm">{parameter.label}</span>
            <span className="text-ink-faint text-xs">{parameterHint(parameter)}</span>
          </span>
        </label>
      );
    case 'choice':
      return (
        <Field label={parameter.label} hint={parameterHint(parameter)} fault={fault}>
          {(field) => (
            <NativeSelect
              {...field}
              value={String(typed)}
              onChange={(event) => onType(event.currentTarget.value)}
            >
              {(parameter.default == null || parameter.optional) && (
                <option value="">{parameter.optional ? 'none' : 'choose one'}</option>
              )}
              {parameter.choices?.map((choice) => (
                <option key={choice} value={choice}>
                  {choice}
                </option>
              ))}
            </NativeSelect>
          )}
        </Field>
      );
    case 'text':
      return (
        <Field label={parameter.label} hint={parameterHint(parameter)} fault={fault}>
          {(field) => (
            <Textarea
              {...field}
              rows={1}
              className="field-sizing-content min-h-8 resize-none"
              maxLength={2000}
              value={String(typed)}
              onChange={(event) => onType(event.currentTarget.value)}
            />
          )}
        </Field>
      );
    default:
      return (
        <Field
          label={parameter.unit ? `${parameter.label} (${parameter.unit})` : parameter.label}
          hint={parameterHint(parameter)}
          fault={fault}
        >
          {(field) => (
            <Input
              {...field}
              inputMode="decimal"
              autoComplete="off"
              value={String(typed)}
              onChange={(event) => onType(event.currentTarget.value)}
            />
          )}
        </Field>
      );
  }
}
