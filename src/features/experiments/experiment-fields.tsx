'use client';
import { type ReactNode, useState } from 'react';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { Field, Input, Textarea } from '#src/components/ui/input.tsx';
import { type DraftFaults, type ExperimentDraft, faultsOf } from './experiment-draft.ts';

/** The state of the form: what is typed, what is wrong with it, and which faults to show by now. */
export function useExperimentDraft(initial: ExperimentDraft) {
  const zone = useFacilityZone();
  const [draft, setDraft] = useState(initial);
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const faults = faultsOf(draft, zone);
  const set = <Name extends keyof ExperimentDraft>(name: Name, value: ExperimentDraft[Name]) => {
    setDraft((before) => ({ ...before, [name]: value }));
    setTouched((before) => new Set(before).add(name));
  };
  /** What has been typed into; the rest is shown when somebody tries to send it. */
  const shown: DraftFaults = Object.fromEntries(Object.entries(faults).filter(([name]) => touched.has(name)));
  return {
    draft,
    set,
    faults: shown,
    isRight: Object.keys(faults).length === 0,
    showAll: () => setTouched(new Set(Object.keys(draft))),
    reset: (to: ExperimentDraft) => {
      setDraft(to);
      setTouched(new Set());
    },
  };
}

type Form = ReturnType<typeof useExperimentDraft>;

/** Title and keywords, and the plan for those who may set it. `pi` stands between. Faults of the server come behind those found while typing. */
export function ExperimentFields({
  form,
  serverFaults,
  mayPlan,
  pi,
}: {
  form: Form;
  serverFaults: Readonly<Record<string, string>>;
  mayPlan: boolean;
  pi?: ReactNode;
}) {
  const zone = useFacilityZone();
  const { draft, set, faults } = form;
  const faultOf = (name: keyof ExperimentDraft) => faults[name] ?? serverFaults[name];
  return (
    <>
      <Field label="Title" fault={faultOf('title')}>
        {(props) => (
          <Input
            {...props}
            value={draft.title}
            onChange={(event) => set('title', event.currentTarget.value)}
          />
        )}
      </Field>
      {pi}
      <Field label="Keywords" hint="Separated by commas." fault={faultOf('keywords')}>
        {(props) => (
          <Input
            {...props}
            value={draft.keywords}
            onChange={(event) => set('keywords', event.currentTarget.value)}
          />
        )}
      </Field>
      <fieldset disabled={!mayPlan} className="grid gap-3">
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label="Planned start" hint={`Clocks of ${zone}.`} fault={faultOf('plannedStart')}>
            {(props) => (
              <Input
                {...props}
                type="datetime-local"
                value={draft.plannedStart}
                onChange={(event) => set('plannedStart', event.currentTarget.value)}
              />
            )}
          </Field>
          <Field
            label="Planned end"
            hint="Stops no data: an active experiment goes on."
            fault={faultOf('plannedEnd')}
          >
            {(props) => (
              <Input
                {...props}
                type="datetime-local"
                value={draft.plannedEnd}
                onChange={(event) => set('plannedEnd', event.currentTarget.value)}
              />
            )}
          </Field>
        </div>
        <label className="flex items-start gap-2 text-sm">
          <input
            type="checkbox"
            className="mt-1 accent-(--accent)"
            checked={draft.proprietary}
            onChange={(event) => set('proprietary', event.currentTarget.checked)}
          />
          <span>
            Proprietary
            <span className="block text-ink-faint text-xs">
              The staff of the instrument lose access some time after its end.
            </span>
          </span>
        </label>
        <Field
          label="Embargo until"
          hint="The last day on which the data are not public. Kept; nothing opens by itself."
          fault={faultOf('embargoUntil')}
        >
          {(props) => (
            <Input
              {...props}
              type="date"
              className="sm:w-44"
              value={draft.embargoUntil}
              onChange={(event) => set('embargoUntil', event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="Terms" hint="What users of the data agree to." fault={faultOf('terms')}>
          {(props) => (
            <Textarea
              {...props}
              value={draft.terms}
              onChange={(event) => set('terms', event.currentTarget.value)}
            />
          )}
        </Field>
      </fieldset>
    </>
  );
}
