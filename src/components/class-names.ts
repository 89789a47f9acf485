import { type ClassValue, clsx } from 'clsx';
import { extendTailwindMerge } from 'tailwind-merge';

// Our own type scale must be known as sizes, or "text-2xs text-muted" would lose one of the two.
const merge = extendTailwindMerge({ extend: { theme: { text: ['2xs'] } } });

/** Joins class names; of two that say the same thing the later wins. */
export const cn = (...classes: ClassValue[]): string => merge(clsx(classes));
