'use client';
import { Input, NativeSelect } from '#src/components/ui/input.tsx';
import type { TemplateParameter } from '#src/shared/contracts/job-template.ts';
import { PARAMETER_SOURCES } from '#src/shared/model/trigger-rules.ts';
import type { ParameterChoice } from './trigger-draft.ts';

const UNCHOSEN: ParameterChoice = { from: 'default', typed: '' };

function ConstantField({
  parameter,
  typed,
  onType,
}: {
  parameter: TemplateParameter;
  typed: string;
  onType: (typed: string) => void;
}) {
  const label = `Value of ${parameter.label}`;
  const choices = parameter.type === 'boolean' ? ['false', 'true'] : parameter.choices;
  if (parameter.type === 'boolean' || parameter.type === 'choice') {
    return (
      <NativeSelect aria-label={label} value={typed} onChange={(event) => onType(event.currentTarget.value)}>
        {parameter.type === 'choice' && <option value="">choose one</option>}
        {choices?.map((choice) => (
          <option key={choice} value={choice}>
            {parameter.type === 'boolean' ? (choice === 'true' ? 'yes' : 'no') : choice}
          </option>
        ))}
      </NativeSelect>
    );
  }
  return (
    <Input
      aria-label={label}
      autoComplete="off"
      maxLength={2000}
      placeholder={parameter.unit ?? undefined}
      value={typed}
      onChange={(event) => onType(event.currentTarget.value)}
    />
  );
}

function ParameterRow({
  parameter,
  choice,
  fault,
  onChoose,
}: {
  parameter: TemplateParameter;
  choice: ParameterChoice;
  fault: string | undefined;
  onChoose: (choice: ParameterChoice) => void;
}) {
  const isList = parameter.type === 'datasets' || parameter.type === 'dataset';
  const isFixed = parameter.default == null && !parameter.optional;
  const usual = parameter.default == null ? 'left empty' : `the default, ${String(parameter.default)}`;
  return (
    <li className="grid gap-1 py-1.5 sm:grid-cols-[minmax(0,2fr)_minmax(0,3fr)] sm:items-center">
      <span className="wrap-anywhere text-sm">
        {parameter.label}
        {parameter.unit ? <span className="text-ink-faint"> ({parameter.unit})</span> : null}
      </span>
      <span className="grid gap-1">
        <NativeSelect
          aria-label={`Where ${parameter.label} comes from`}
          value={choice.from}
          onChange={({ currentTarget: { value } }) =>
            onChoose({
              from: value,
              typed: value === 'constant' && parameter.type === 'boolean' ? 'false' : '',
            })
          }
        >
          <option value="default">{isFixed ? 'choose …' : usual}</option>
          {!isList && <option value="constant">a constant</option>}
          <optgroup label="taken when it fires">
            {Object.entries(PARAMETER_SOURCES)
              .filter(([source]) => (source === 'datasets') === (parameter.type === 'datasets'))
              .map(([source, words]) => (
                <option key={source} value={source}>
                  {words}
                </option>
              ))}
            {!isList && <option value="value">a value of the acquisition …</option>}
          </optgroup>
        </NativeSelect>
        {choice.from === 'constant' && (
          <ConstantField
            parameter={parameter}
            typed={choice.typed}
            onType={(typed) => onChoose({ ...choice, typed })}
          />
        )}
        {choice.from === 'value' && (
          <Input
            aria-label={`Name of the value for ${parameter.label}`}
            placeholder="kappa"
            maxLength={60}
            value={choice.typed}
            onChange={(event) => onChoose({ ...choice, typed: event.currentTarget.value })}
          />
        )}
        {fault !== undefined && (
          <span role="alert" className="text-failed text-xs">
            {fault}
          </span>
        )}
      </span>
    </li>
  );
}

/** What a template is given: defaults, constants, or what is known of the event when it fires. */
export function ParameterChoices({
  declared,
  choices,
  faults,
  onChange,
}: {
  declared: readonly TemplateParameter[];
  choices: Readonly<Record<string, ParameterChoice>>;
  faults: Readonly<Record<string, string>>;
  onChange: (choices: Readonly<Record<string, ParameterChoice>>) => void;
}) {
  return (
    <ul className="divide-y" aria-label="Parameters">
      {declared.map((parameter) => (
        <ParameterRow
          key={parameter.name}
          parameter={parameter}
          choice={choices[parameter.name] ?? UNCHOSEN}
          fault={faults[`parameters.${parameter.name}`]}
          onChoose={(choice) => onChange({ ...choices, [parameter.name]: choice })}
        />
      ))}
    </ul>
  );
}
