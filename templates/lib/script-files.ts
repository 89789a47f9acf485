import { readFileSync } from 'node:fs';

/** A script and what lies beside it in a run, as they are in this folder. */
export const scriptFiles = (...paths: readonly string[]): { path: string; content: string }[] =>
  paths.map((path) => ({
    path: path.slice(path.lastIndexOf('/') + 1),
    content: readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'),
  }));
