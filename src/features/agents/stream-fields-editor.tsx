'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Dialog, DialogContent, DialogTrigger, SubmitFooter } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input, NativeSelect } from '#src/components/ui/input.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import {
  readStreamFields,
  STREAM_FIELD_NAMES,
  STREAM_FIELDS,
  type StreamField,
  type StreamRule,
  takesFactor,
} from '#src/shared/model/stream-fields.ts';
import { draftOfRule, emptyDraft, keysIn, type RuleDraft, ruleOf } from './stream-rule-draft.ts';

function RuleRow({
  draft,
  isTold,
  onChange,
  onRemove,
}: {
  draft: RuleDraft;
  /** Whether its fault is shown. */
  isTold: boolean;
  onChange: (draft: RuleDraft) => void;
  onRemove: () => void;
}) {
  const { fault } = ruleOf(draft);
  const text = (name: 'key' | 'name' | 'unit' | 'factor' | 'kinds', label: string, hint?: string) => (
    <Field label={label} hint={hint}>
      {(props) => (
        <Input
          {...props}
          autoComplete="off"
          spellCheck={false}
          className={name === 'key' ? 'font-mono' : undefined}
          value={draft[name]}
          onChange={(event) => onChange({ ...draft, [name]: event.currentTarget.value })}
        />
      )}
    </Field>
  );
  return (
    <li className="grid gap-2 rounded-md border p-2">
      <div className="grid grid-cols-[minmax(0,1fr)_auto] items-start gap-2 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto]">
        {text('key', 'Name in the user data')}
        <Field label="Fills" className="max-sm:order-last max-sm:col-span-2">
          {(props) => (
            <NativeSelect
              {...props}
              value={draft.field}
              onChange={(event) => onChange({ ...draft, field: event.currentTarget.value as StreamField })}
            >
              {STREAM_FIELD_NAMES.map((field) => (
                <option key={field} value={field}>
                  {STREAM_FIELDS[field]}
                </option>
              ))}
            </NativeSelect>
          )}
        </Field>
        <Button
          look="quiet"
          size="icon-sm"
          className="mt-6"
          aria-label={`Remove ${draft.key || 'this rule'}`}
          onClick={onRemove}
        >
          <X aria-hidden />
        </Button>
      </div>
      {(draft.field === 'value' || takesFactor(draft.field)) && (
        <div className="grid gap-2 sm:grid-cols-3">
          {draft.field === 'value' && text('name', 'Called here', 'Such as transmission.')}
          {draft.field === 'value' && text('unit', 'Unit', 'Empty: none.')}
          {text('factor', 'Multiplied by', '1000 for an energy in keV. Empty: as it comes.')}
        </div>
      )}
      {draft.field === 'kind' &&
        text('kinds', 'Words of the beamline', 'OSC = rotation; raster = grid. Our own words need none.')}
      {fault !== null && isTold && (
        <p role="alert" className="text-failed text-xs">
          {fault}
        </p>
      )}
    </li>
  );
}

/** What the rules make of what the newest series brought. */
function Trial({
  instrumentId,
  rules,
  onAdd,
}: {
  instrumentId: string;
  rules: readonly StreamRule[];
  onAdd: (key: string) => void;
}) {
  const trpc = useTRPC();
  const example = useQuery(trpc.instruments.streamExample.queryOptions({ instrumentId }));
  if (!example.data) {
    return (
      <p className="text-ink-soft text-xs">
        {example.isPending
          ? 'Looking at the newest series …'
          : 'None of the newest series brought user data, so that there is nothing to try the rules with.'}
      </p>
    );
  }
  const { values, ignored, grid, ...fields } = readStreamFields(rules, example.data.userData);
  const lines = [
    ...Object.entries(fields).map(([field, value]) => [STREAM_FIELDS[field as StreamField], String(value)]),
    ...(grid ? [['lattice', `${grid.rows} × ${grid.columns}${grid.snake ? ', snake' : ''}`]] : []),
    ...Object.entries(values).map(([name, { value, unit }]) => [
      name,
      `${String(value)}${unit ? ` ${unit}` : ''}`,
    ]),
  ] as [string, string][];
  const unused = keysIn(example.data.userData).filter((key) => !rules.some((rule) => rule.key === key));
  return (
    <section className="grid gap-2 rounded-md border p-2 text-xs" aria-label="Tried with the newest series">
      <p className="text-ink-soft">
        Tried with the newest series, <RelativeTime at={example.data.startedAt} />:
      </p>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-0.5">
        {lines.map(([label, value]) => (
          <div key={label} className="contents">
            <dt className="text-ink-soft">{label}</dt>
            <dd className="wrap-anywhere">{value}</dd>
          </div>
        ))}
      </dl>
      {lines.length === 0 && <p>Nothing is taken from it.</p>}
      {ignored.map((sentence) => (
        <p key={sentence} className="wrap-anywhere text-failed">
          {sentence}
        </p>
      ))}
      {unused.length > 0 && (
        <div className="flex flex-wrap items-center gap-1.5">
          <span className="text-ink-soft">Not used:</span>
          {unused.map((key) => (
            <Button key={key} size="sm" className="font-mono" onClick={() => onAdd(key)}>
              {key}
            </Button>
          ))}
        </div>
      )}
    </section>
  );
}

function EditorForm({
  instrument,
  rules,
  isTried,
  onDone,
}: {
  instrument: { id: string; name: string };
  rules: readonly StreamRule[];
  isTried: boolean;
  onDone: () => void;
}) {
  const trpc = useTRPC();
  const [drafts, setDrafts] = useState(() => rules.map(draftOfRule));
  const [isTold, setTold] = useState(false);
  const set = useMutation(trpc.instruments.setStreamFields.mutationOptions({ onSuccess: onDone }));
  const read = drafts.map(ruleOf);
  const right = read.flatMap(({ rule }) => rule ?? []);
  const add = (key = '') =>
    setDrafts((before) => [...before, emptyDraft(Math.max(-1, ...before.map(({ id }) => id)) + 1, key)]);
  return (
    <form
      noValidate
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        setTold(true);
        if (right.length === drafts.length) set.mutate({ instrumentId: instrument.id, rules: right });
      }}
    >
      {drafts.length > 0 && (
        <ul className="grid gap-2">
          {drafts.map((draft) => (
            <RuleRow
              key={draft.id}
              draft={draft}
              isTold={isTold}
              onChange={(next) =>
                setDrafts((before) => before.map((each) => (each.id === draft.id ? next : each)))
              }
              onRemove={() => setDrafts((before) => before.filter((each) => each.id !== draft.id))}
            />
          ))}
        </ul>
      )}
      <div>
        <Button size="sm" onClick={() => add()}>
          <Plus aria-hidden /> Add a name
        </Button>
      </div>
      {isTried && <Trial instrumentId={instrument.id} rules={right} onAdd={add} />}
      <FormFault error={set.error} />
      <p className="text-ink-soft text-xs">
        Counts for series that begin from now on. What a program announced of an acquisition goes before it,
        what people correct stays beside it. Of several names for one field the first that is there counts.
      </p>
      <SubmitFooter busy={set.isPending}>Set from the next acquisition on</SubmitFooter>
    </form>
  );
}

/** Changes which names in the user data fill which fields. */
export function StreamFieldsEditor({
  instrument,
  rules,
  isTried,
  onSet,
}: {
  instrument: { id: string; name: string };
  rules: readonly StreamRule[];
  /** The rules are tried with what the newest series brought, which staff alone may see. */
  isTried: boolean;
  onSet: () => void;
}) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button size="sm" aria-label={`Change the fields from the stream at ${instrument.name}`}>
          Change
        </Button>
      </DialogTrigger>
      <DialogContent
        className="max-w-2xl"
        title={`Fields from the stream at ${instrument.name}`}
        description="Which names in the user data of a start message fill which fields of the acquisition. A dot leads into an object: scan.type."
      >
        <EditorForm
          instrument={instrument}
          rules={rules}
          isTried={isTried}
          onDone={() => {
            setOpen(false);
            onSet();
          }}
        />
      </DialogContent>
    </Dialog>
  );
}
