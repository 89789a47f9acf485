import type { SampleInput } from '../../../shared/model/sample-fields.ts';

/** Sample by name with the name of its parent; null: it has none. */
export type SampleFamily = ReadonlyMap<string, string | null>;

/** What the family will be when these are written over what is stored. */
export function familyAfter(
  stored: readonly { name: string; parentName: string | null }[],
  wanted: readonly Pick<SampleInput, 'name' | 'parent'>[],
): Map<string, string | null> {
  const family = new Map(stored.map(({ name, parentName }) => [name, parentName]));
  for (const { name, parent } of wanted) {
    if (parent !== undefined || !family.has(name)) family.set(name, parent ?? null);
  }
  return family;
}

/** Why this sample cannot have the parent it has; null when it can. */
export function parentFault(family: SampleFamily, name: string): string | null {
  const parent = family.get(name) ?? null;
  if (parent === null) return null;
  if (!family.has(parent)) return `There is no sample “${parent}” in this experiment.`;
  const seen = new Set<string>([name]);
  for (let at: string | null = parent; at !== null; at = family.get(at) ?? null) {
    if (at === name) return `“${name}” would be made from itself.`;
    // A ring further up is told at its own members.
    if (seen.has(at)) return null;
    seen.add(at);
  }
  return null;
}
