'use client';
import type { ReactNode } from 'react';
import { Field, Input, NativeSelect } from '#src/components/ui/input.tsx';
import type { TriggerChoices } from '#src/server/domain/triggers/triggers.service.ts';
import { ACQUISITION_KINDS, JOB_PRIORITIES } from '#src/shared/model/states.ts';
import { TRIGGER_EVENT_NAMES, TRIGGER_EVENTS } from '#src/shared/model/trigger-rules.ts';
import { ParameterChoices } from './parameter-choices.tsx';
import { askedParameters, type TriggerForm } from './trigger-draft.ts';
import { isAboutNothing, priorityWords } from './trigger-words.ts';

export interface TriggerFieldsProps {
  form: TriggerForm;
  set: (change: Partial<TriggerForm>) => void;
  faults: Readonly<Record<string, string>>;
  choices: TriggerChoices;
}

type TextName = {
  [Name in keyof TriggerForm]: TriggerForm[Name] extends string
    ? string extends TriggerForm[Name]
      ? Name
      : never
    : never;
}[keyof TriggerForm];

function TextField({
  name,
  label,
  hint,
  placeholder,
  isNumber = false,
  form,
  set,
  faults,
}: TriggerFieldsProps & {
  name: TextName;
  label: string;
  hint?: ReactNode;
  placeholder?: string;
  isNumber?: boolean;
}) {
  return (
    <Field label={label} hint={hint} fault={faults[name]}>
      {(props) => (
        <Input
          {...props}
          autoComplete="off"
          spellCheck={false}
          maxLength={300}
          inputMode={isNumber ? 'decimal' : undefined}
          placeholder={placeholder}
          value={form[name]}
          onChange={(event) => set({ [name]: event.currentTarget.value })}
        />
      )}
    </Field>
  );
}

function Tick({
  label,
  checked,
  onTick,
}: {
  label: ReactNode;
  checked: boolean;
  onTick: (to: boolean) => void;
}) {
  return (
    <label className="flex cursor-pointer items-center gap-2 text-sm">
      <input
        type="checkbox"
        className="accent-(--accent)"
        checked={checked}
        onChange={(event) => onTick(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className="grid gap-3 border-t pt-3">
      <legend className="float-left font-semibold text-sm">{title}</legend>
      {children}
    </fieldset>
  );
}

/** What it waits for. */
export function EventFields(props: TriggerFieldsProps) {
  const { form, set } = props;
  return (
    <>
      <TextField {...props} name="name" label="Name" />
      <Field label="Fires on">
        {(field) => (
          <NativeSelect
            {...field}
            value={form.event}
            onChange={({ currentTarget: { value } }) =>
              set({ event: TRIGGER_EVENT_NAMES.find((name) => name === value) ?? form.event })
            }
          >
            {TRIGGER_EVENT_NAMES.map((name) => (
              <option key={name} value={name}>
                {TRIGGER_EVENTS[name]}
              </option>
            ))}
          </NativeSelect>
        )}
      </Field>
      {form.event === 'dataset.frames' && (
        <TextField {...props} name="everyFrames" label="Every how many frames" placeholder="100" isNumber />
      )}
      {form.event === 'file.stored' && (
        <TextField
          {...props}
          name="filePattern"
          label="Path of the file"
          placeholder="raw/**/*_master.h5"
          hint="* is anything but a slash, ** anything, ? one character."
        />
      )}
    </>
  );
}

/** What it runs, and with what. */
export function TemplateFields({ form, set, faults, choices }: TriggerFieldsProps) {
  const template = choices.templates.find(({ slug }) => slug === form.template);
  const declared = askedParameters(template);
  const offered = choices.templates.filter(
    ({ slug, needsDataset }) => !(needsDataset && isAboutNothing(form.event)) || slug === form.template,
  );
  return (
    <Part title="Runs">
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <Field label="Template" fault={faults.template}>
          {(field) => (
            <NativeSelect
              {...field}
              value={form.template}
              onChange={(event) => set({ template: event.currentTarget.value, parameters: {} })}
            >
              <option value="">choose one</option>
              {form.template !== '' && !template && <option value={form.template}>{form.template}</option>}
              {offered.map(({ slug, name }) => (
                <option key={slug} value={slug}>
                  {name}
                </option>
              ))}
            </NativeSelect>
          )}
        </Field>
        <Field label="Version">
          {(field) => (
            <NativeSelect
              {...field}
              value={form.versionRule}
              onChange={({ currentTarget: { value } }) =>
                set({ versionRule: value === 'fixed' ? 'fixed' : 'newest' })
              }
            >
              <option value="newest">always the newest</option>
              <option value="fixed">
                {template ? `stays at ${template.version}` : 'stays as it is now'}
              </option>
            </NativeSelect>
          )}
        </Field>
      </div>
      {declared.length > 0 && (
        <ParameterChoices
          declared={declared}
          choices={form.parameters}
          faults={faults}
          onChange={(parameters) => set({ parameters })}
        />
      )}
    </Part>
  );
}

/** What else must be so. */
export function ConditionFields(props: TriggerFieldsProps) {
  const { form, set, choices } = props;
  return (
    <Part title="Only if">
      <div className="grid gap-1">
        <span className="font-medium text-ink-soft text-sm">Kind, any of (none: all)</span>
        <div className="flex flex-wrap gap-x-4 gap-y-1">
          {ACQUISITION_KINDS.map((kind) => (
            <Tick
              key={kind}
              label={kind}
              checked={form.kinds.includes(kind)}
              onTick={(to) =>
                set({ kinds: to ? [...form.kinds, kind] : form.kinds.filter((each) => each !== kind) })
              }
            />
          ))}
        </div>
      </div>
      <TextField
        {...props}
        name="sample"
        label="Sample"
        placeholder="lyso*"
        hint="A pattern over its name."
      />
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        <TextField {...props} name="framesMin" label="Frames from" isNumber />
        <TextField {...props} name="framesMax" label="to" isNumber />
        <TextField {...props} name="sizeMinMb" label="Size (MB) from" isNumber />
        <TextField {...props} name="sizeMaxMb" label="to" isNumber />
      </div>
      <Tick
        label="The dataset is complete"
        checked={form.completeOnly}
        onTick={(completeOnly) => set({ completeOnly })}
      />
      {form.event === 'job.finished' && (
        <div className="grid items-start gap-3 sm:grid-cols-2">
          <Field label="The job ran">
            {(field) => (
              <NativeSelect
                {...field}
                value={form.jobTemplate}
                onChange={(event) => set({ jobTemplate: event.currentTarget.value })}
              >
                <option value="">any template</option>
                {choices.templates.map(({ slug, name }) => (
                  <option key={slug} value={slug}>
                    {name}
                  </option>
                ))}
              </NativeSelect>
            )}
          </Field>
          <Field label="and">
            {(field) => (
              <NativeSelect
                {...field}
                value={form.jobEnded}
                onChange={({ currentTarget: { value } }) =>
                  set({ jobEnded: value === 'succeeded' || value === 'failed' ? value : '' })
                }
              >
                <option value="">ended either way</option>
                <option value="succeeded">succeeded</option>
                <option value="failed">failed</option>
              </NativeSelect>
            )}
          </Field>
        </div>
      )}
    </Part>
  );
}

/** In which size, paid by whom, how often. */
export function WayFields(props: TriggerFieldsProps) {
  const { form, set, choices, faults } = props;
  return (
    <Part title="How it runs">
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <Field label="Profile" fault={faults.profileId}>
          {(field) => (
            <NativeSelect
              {...field}
              value={form.profileId}
              onChange={(event) => set({ profileId: event.currentTarget.value })}
            >
              <option value="">the usual one</option>
              {choices.profiles.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </NativeSelect>
          )}
        </Field>
        <Field label="Paid by" fault={faults.licenceId}>
          {(field) => (
            <NativeSelect
              {...field}
              value={form.licenceId}
              onChange={(event) => set({ licenceId: event.currentTarget.value })}
            >
              <option value="">who pays by the rules</option>
              {choices.licences.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </NativeSelect>
          )}
        </Field>
        <Field label="Priority">
          {(field) => (
            <NativeSelect
              {...field}
              value={form.priority}
              onChange={({ currentTarget: { value } }) =>
                set({ priority: JOB_PRIORITIES.find((name) => name === value) ?? form.priority })
              }
            >
              {JOB_PRIORITIES.map((name) => (
                <option key={name} value={name}>
                  {priorityWords(name)}
                </option>
              ))}
            </NativeSelect>
          )}
        </Field>
        <TextField {...props} name="mostAtOnce" label="At most at once" hint="Empty: any number." isNumber />
        <TextField
          {...props}
          name="debounceS"
          label="Not again within (s)"
          hint="After a start, in the same experiment."
          isNumber
        />
      </div>
      <Tick
        label="Runs on grace when no CPU hours are left"
        checked={form.onGrace}
        onTick={(onGrace) => set({ onGrace })}
      />
      <Tick label="On" checked={form.enabled} onTick={(enabled) => set({ enabled })} />
    </Part>
  );
}
