'use client';
import { useQuery } from '@tanstack/react-query';
import { Field, NativeSelect } from '#src/components/ui/input.tsx';
import { useTRPC } from '#src/features/shell/index.ts';

/** At which facility a new template is; shown where there is a choice. */
export function FacilityField({
  value,
  onChoose,
}: {
  value: string | undefined;
  onChoose: (code: string) => void;
}) {
  const trpc = useTRPC();
  const facilities = useQuery(trpc.templates.facilities.queryOptions()).data ?? [];
  if (facilities.length < 2) return null;
  return (
    <Field label="Facility" hint="Its admins see the template, and may share it with everybody there.">
      {(props) => (
        <NativeSelect
          {...props}
          value={value ?? ''}
          onChange={(event) => onChoose(event.currentTarget.value)}
        >
          <option value="">choose one</option>
          {facilities.map(({ code, name }) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </NativeSelect>
      )}
    </Field>
  );
}
