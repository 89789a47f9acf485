'use client';
import { Field, Input, NativeSelect, Textarea } from '#src/components/ui/input.tsx';
import { variableName } from '#src/shared/contracts/script-run.ts';
import { LineList } from './line-list.tsx';
import {
  type InputDraft,
  type MetricDraft,
  newInput,
  newMetric,
  newOutput,
  newRequirement,
  type OutputDraft,
  type RequirementDraft,
} from './template-draft.ts';
import { TYPE_WORDS, TYPES } from './template-words.ts';

interface TextProps {
  label: string;
  value: string;
  onType: (value: string) => void;
  hint?: string;
  className?: string;
  mono?: boolean;
}

/** A short text of a line. */
function Text({ label, value, onType, hint, className, mono }: TextProps) {
  return (
    <Field label={label} hint={hint} className={className}>
      {(props) => (
        <Input
          {...props}
          autoComplete="off"
          spellCheck={!mono}
          className={mono ? 'font-mono' : undefined}
          value={value}
          onChange={(event) => onType(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

function Tick({ label, value, onTick }: { label: string; value: boolean; onTick: (value: boolean) => void }) {
  return (
    <label className="flex cursor-pointer items-center gap-2 self-end pb-1.5 text-sm">
      <input
        type="checkbox"
        className="accent-(--accent)"
        checked={value}
        onChange={(event) => onTick(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}

const GRID = 'grid items-start gap-x-3 gap-y-2 sm:grid-cols-2 lg:grid-cols-4';

function InputLine({ line, change }: { line: InputDraft; change: (part: Partial<InputDraft>) => void }) {
  const isNumber = line.type === 'number' || line.type === 'integer';
  const hasDefault = line.type !== 'dataset' && line.type !== 'datasets';
  return (
    <div className={GRID}>
      <Text
        label="Name"
        mono
        value={line.name}
        hint={/^[a-z][A-Za-z0-9]*$/.test(line.name) ? variableName(line.name) : 'such as maxFrames'}
        onType={(name) => change({ name })}
      />
      <Text label="Label" value={line.label} hint="What people read." onType={(label) => change({ label })} />
      <Field label="Type">
        {(props) => (
          <NativeSelect
            {...props}
            value={line.type}
            onChange={(event) =>
              change({ type: event.currentTarget.value as InputDraft['type'], fallback: '' })
            }
          >
            {TYPES.map((type) => (
              <option key={type} value={type}>
                {TYPE_WORDS[type]}
              </option>
            ))}
          </NativeSelect>
        )}
      </Field>
      {line.type === 'boolean' ? (
        <Tick
          label="Ticked by default"
          value={line.fallback === 'true'}
          onTick={(ticked) => change({ fallback: ticked ? 'true' : '' })}
        />
      ) : (
        hasDefault && (
          <Text
            label="Default"
            value={line.fallback}
            hint="Empty: none."
            onType={(fallback) => change({ fallback })}
          />
        )
      )}
      {isNumber && (
        <>
          <Text label="Unit" value={line.unit} onType={(unit) => change({ unit })} />
          <Text label="At least" value={line.min} onType={(min) => change({ min })} />
          <Text label="At most" value={line.max} onType={(max) => change({ max })} />
        </>
      )}
      {line.type === 'choice' && (
        <Field label="Choices" hint="One a line." className="sm:col-span-2">
          {(props) => (
            <Textarea
              {...props}
              value={line.choices}
              onChange={(event) => change({ choices: event.currentTarget.value })}
            />
          )}
        </Field>
      )}
      <Text
        label="Description"
        value={line.description}
        className={isNumber ? undefined : 'sm:col-span-2'}
        onType={(description) => change({ description })}
      />
      {line.type !== 'boolean' && (
        <Tick label="May stay empty" value={line.optional} onTick={(optional) => change({ optional })} />
      )}
    </div>
  );
}

/** What the form of a run asks for. */
export function InputLines({
  lines,
  onChange,
}: {
  lines: InputDraft[];
  onChange: (lines: InputDraft[]) => void;
}) {
  return (
    <LineList
      title="Inputs"
      hint="The form of a run is made of them"
      what="input"
      {...{ lines, onChange, fresh: newInput }}
    >
      {(line, change) => <InputLine line={line} change={change} />}
    </LineList>
  );
}

export function MetricLines({
  lines,
  onChange,
}: {
  lines: MetricDraft[];
  onChange: (lines: MetricDraft[]) => void;
}) {
  return (
    <LineList
      title="Metrics"
      hint="How the numbers that the script tells are shown"
      what="metric"
      {...{ lines, onChange, fresh: newMetric }}
    >
      {(line, change) => (
        <div className={GRID}>
          <Text label="Name" mono value={line.name} onType={(name) => change({ name })} />
          <Text label="Label" value={line.label} onType={(label) => change({ label })} />
          <Text label="Unit" value={line.unit} onType={(unit) => change({ unit })} />
          <Text label="Digits after the point" value={line.digits} onType={(digits) => change({ digits })} />
          <Field label="Better is">
            {(props) => (
              <NativeSelect
                {...props}
                value={line.betterIs}
                onChange={(event) =>
                  change({ betterIs: event.currentTarget.value as MetricDraft['betterIs'] })
                }
              >
                <option value="">neither</option>
                <option value="higher">the higher one</option>
                <option value="lower">the lower one</option>
              </NativeSelect>
            )}
          </Field>
          <Tick label="In the row of the job" value={line.inRow} onTick={(inRow) => change({ inRow })} />
        </div>
      )}
    </LineList>
  );
}

export function OutputLines({
  lines,
  onChange,
}: {
  lines: OutputDraft[];
  onChange: (lines: OutputDraft[]) => void;
}) {
  return (
    <LineList
      title="Results"
      hint="Files that the script leaves in its output folder"
      what="result"
      {...{ lines, onChange, fresh: newOutput }}
    >
      {(line, change) => (
        <div className={GRID}>
          <Text
            label="Path"
            mono
            value={line.path}
            hint="such as report.html"
            onType={(path) => change({ path })}
          />
          <Text label="Label" value={line.label} onType={(label) => change({ label })} />
          <Field label="Kind">
            {(props) => (
              <NativeSelect
                {...props}
                value={line.kind}
                onChange={(event) => change({ kind: event.currentTarget.value as OutputDraft['kind'] })}
              >
                <option value="file">file</option>
                <option value="image">image</option>
                <option value="report">report (HTML)</option>
                <option value="spots">spots, for the viewer</option>
              </NativeSelect>
            )}
          </Field>
        </div>
      )}
    </LineList>
  );
}

export function RequirementLines({
  lines,
  onChange,
}: {
  lines: RequirementDraft[];
  onChange: (lines: RequirementDraft[]) => void;
}) {
  return (
    <LineList
      title="Needs"
      hint="What the machine must have beside the interpreter"
      what="need"
      {...{ lines, onChange, fresh: newRequirement }}
    >
      {(line, change) => (
        <div className={GRID}>
          <Field label="Kind">
            {(props) => (
              <NativeSelect
                {...props}
                value={line.kind}
                onChange={(event) => change({ kind: event.currentTarget.value as RequirementDraft['kind'] })}
              >
                <option value="command">command</option>
                <option value="python-module">Python module</option>
              </NativeSelect>
            )}
          </Field>
          <Text
            label="Name"
            mono
            value={line.name}
            hint={line.kind === 'command' ? 'such as dials.find_spots' : 'such as h5py'}
            onType={(name) => change({ name })}
          />
          <Text
            label="How to get it"
            value={line.how}
            hint="such as apt-get install dials"
            className="sm:col-span-2"
            onType={(how) => change({ how })}
          />
        </div>
      )}
    </LineList>
  );
}
