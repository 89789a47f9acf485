import { z } from 'zod';

/** What a machine must have for a template to run there, and how it comes by it. Looked for by the compute driver, where the program would look. */
export const templateRequirementSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('command'),
    /** As it is typed in a shell, found by PATH. */
    name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,79}$/, 'the name of a command, without its folder'),
    how: z.string().min(1).max(300),
  }),
  z.object({
    kind: z.literal('python-module'),
    /** As it is imported; of `a.b` only `a`. */
    name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,79}$/, 'the name of a module as it is imported'),
    how: z.string().min(1).max(300),
  }),
]);
export type TemplateRequirement = z.infer<typeof templateRequirementSchema>;

/** What is missing and how to get it, in one sentence for people. */
export function missingSentence(missing: readonly TemplateRequirement[]): string {
  const each = missing.map(({ kind, name, how }) => {
    const what = kind === 'command' ? `the command ${name}` : `the Python module ${name}`;
    return `${what} (${how})`;
  });
  return `The machine that runs jobs lacks ${each.join(', ')}. Ask whoever runs it to install ${missing.length === 1 ? 'it' : 'them'}.`;
}
