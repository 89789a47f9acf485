import { cn } from '../class-names.ts';

const NAMES: Record<string, string> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ' ': 'Space',
  Escape: 'Esc',
  PageUp: 'Page up',
  PageDown: 'Page down',
  Mod: 'Ctrl',
};

/** The caps to press for one stroke: "Mod+k" → Ctrl, K; a capital letter is typed with Shift: "C" → Shift, C; "c" → C. */
export function capsOf(stroke: string): string[] {
  const parts = stroke.length > 1 ? stroke.split('+') : [stroke];
  return parts.flatMap((part) => {
    if (!/^\p{L}$/u.test(part)) return [NAMES[part] ?? part];
    const capital = part !== part.toLowerCase();
    return capital && parts.length === 1 ? ['Shift', part] : [part.toUpperCase()];
  });
}

/** Keys as they are bound: "Mod+k" (Ctrl, or ⌘ on a Mac: shown as Ctrl), "Shift+ArrowRight", "g e" (one after the other). */
export function Kbd({ keys, className }: { keys: string; className?: string }) {
  const strokes = keys === ' ' ? [' '] : keys.split(' ');
  return (
    <span className={cn('inline-flex items-center gap-1', className)}>
      {strokes.map((stroke, n) => (
        <kbd
          // biome-ignore lint/suspicious/noArrayIndexKey: strokes have no identity but their place
          key={n}
          className="inline-flex h-5 min-w-5 items-center justify-center rounded-sm border border-line-strong bg-sunken px-1 font-sans text-2xs text-ink-soft"
        >
          {capsOf(stroke).join(' ')}
        </kbd>
      ))}
    </span>
  );
}
