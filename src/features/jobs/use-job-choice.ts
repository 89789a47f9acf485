'use client';
import { parseAsString, useQueryStates } from 'nuqs';

/** By what besides its state a list is narrowed, as it stands in the address. */
export const JOB_CHOICES = {
  who: parseAsString,
  trigger: parseAsString,
  template: parseAsString,
  sample: parseAsString,
};

export function useJobChoice() {
  const [choice, setChoice] = useQueryStates(JOB_CHOICES);
  const isNarrowed = Object.values(choice).some((value) => value !== null);
  return { choice, setChoice, isNarrowed, clear: () => void setChoice(null) };
}
export type JobChoice = ReturnType<typeof useJobChoice>['choice'];
