import { useId } from 'react';

/** A few alternatives, each with what it means; one is chosen. */
export function ChoiceList<Value extends string>({
  label,
  value,
  choices,
  onChoose,
}: {
  label: string;
  value: Value | null;
  choices: readonly { value: Value; label: string; means: string }[];
  onChoose: (value: Value) => void;
}) {
  const name = useId();
  return (
    <div role="radiogroup" aria-label={label} className="rounded-md border">
      {choices.map((choice) => (
        <label
          key={choice.value}
          className="flex cursor-pointer items-start gap-3 border-b px-3 py-2 last:border-b-0 hover:bg-hover has-checked:bg-hover"
        >
          <input
            type="radio"
            name={name}
            checked={choice.value === value}
            onChange={() => onChoose(choice.value)}
            className="mt-1 accent-(--accent)"
          />
          <span className="grid gap-0.5">
            <span className="font-medium text-sm">{choice.label}</span>
            <span className="text-ink-soft text-xs">{choice.means}</span>
          </span>
        </label>
      ))}
    </div>
  );
}
