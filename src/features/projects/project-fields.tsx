'use client';
import { useState } from 'react';
import { Field, Input } from '#src/components/ui/input.tsx';
import { type ProjectDraft, projectFaultsOf } from './project-words.ts';

/** The state of the form: what is typed, and what is wrong with what was typed into. */
export function useProjectDraft(initial: ProjectDraft) {
  const [draft, setDraft] = useState(initial);
  const [touched, setTouched] = useState(false);
  const faults = projectFaultsOf(draft);
  return {
    draft,
    faults: touched ? faults : {},
    isRight: Object.keys(faults).length === 0,
    showAll: () => setTouched(true),
    set: (change: Partial<ProjectDraft>) => {
      setDraft({ ...draft, ...change });
      setTouched(true);
    },
    reset: (to: ProjectDraft) => {
      setDraft(to);
      setTouched(false);
    },
  };
}

/** Title and keywords. */
export function ProjectFields({
  form,
  serverFaults,
}: {
  form: ReturnType<typeof useProjectDraft>;
  serverFaults: Readonly<Record<string, string>>;
}) {
  const { draft, faults, set } = form;
  return (
    <>
      <Field label="Title" fault={faults.title ?? serverFaults.title}>
        {(props) => (
          <Input
            {...props}
            value={draft.title}
            onChange={(event) => set({ title: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field label="Keywords" hint="With commas between." fault={faults.keywords ?? serverFaults.keywords}>
        {(props) => (
          <Input
            {...props}
            value={draft.keywords}
            onChange={(event) => set({ keywords: event.currentTarget.value })}
          />
        )}
      </Field>
    </>
  );
}
