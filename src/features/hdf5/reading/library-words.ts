/**
 * The compiled library says why it failed on console.error, as that is when it starts, and by no other way. This module is imported before
 * it and listens; `releaseConsole` gives the console back once it has started.
 */
const spoken: string[] = [];
const MOST_LINES = 200;
// biome-ignore-start lint/suspicious/noConsole: the library has no other way to speak
const ownConsole = console.error;

console.error = (...words: unknown[]) => {
  if (spoken.length < MOST_LINES) spoken.push(words.map(String).join(' '));
};

export function releaseConsole(): void {
  console.error = ownConsole;
}
// biome-ignore-end lint/suspicious/noConsole: see above

/** What was said since the last call: of each step of the library, outermost first, what it could not do. */
export function takeWords(): string[] {
  const lines = spoken.splice(0);
  return lines.flatMap((line) => /^\s*#\d+:.*?\(\):\s*(.+)$/.exec(line)?.[1] ?? []);
}
