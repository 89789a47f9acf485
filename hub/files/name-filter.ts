import { matchesGlob } from 'node:path';
import type { FolderConfig } from './folder-config.ts';
import { type PathBytes, textOf } from './path-bytes.ts';

/** Which files of a folder are wanted, by their path below it. */
export class NameFilter {
  private readonly include: readonly string[];
  private readonly exclude: readonly string[];

  constructor({ include, exclude }: Pick<FolderConfig, 'include' | 'exclude'>) {
    this.include = include;
    this.exclude = exclude;
  }

  isWanted(path: PathBytes): boolean {
    const text = textOf(path);
    if (this.exclude.some((pattern) => matchesGlob(text, pattern))) return false;
    return this.include.length === 0 || this.include.some((pattern) => matchesGlob(text, pattern));
  }
}
