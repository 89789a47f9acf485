import { cn } from '../class-names.ts';

const NAMES: Record<string, string> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ' ': 'Space',
  Escape: 'Esc',
};

/** Keys as they are bound: "Mod+k" (Ctrl, or ⌘ on a Mac: shown as Ctrl), "Shift+ArrowRight", "g e" (one after the other). */
export function Kbd({ keys, className }: { keys: string; className?: string }) {
  const strokes = keys === ' ' ? [' '] : keys.split(' ');
  return (
    <span className={cn('inline-flex items-center gap-1', className)}>
      {strokes.map((stroke, n) => {
        const parts = stroke.length > 1 ? stroke.split('+') : [stroke];
        const shown = parts.map((part) =>
          part === 'Mod' ? 'Ctrl' : (NAMES[part] ?? (part.length === 1 ? part.toUpperCase() : part)),
        );
        return (
          <kbd
            // biome-ignore lint/suspicious/noArrayIndexKey: strokes have no identity but their place
            key={n}
            className="inline-flex h-5 min-w-5 items-center justify-center rounded-sm border border-line-strong bg-sunken px-1 font-sans text-2xs text-ink-soft"
          >
            {shown.join(' ')}
          </kbd>
        );
      })}
    </span>
  );
}
