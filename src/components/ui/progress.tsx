import { cn } from '../class-names.ts';
import { TONE_CLASSES, type Tone } from './status.tsx';

/**
 * A bar of `value` of `max`; without a known max pass null and say the count beside it. `label` names it; how far it is, screen
 * readers say in per cent, and 100 only when all is done.
 */
export function Progress({
  value,
  max,
  label,
  tone = 'running',
  className,
}: {
  value: number;
  max: number | null;
  label: string;
  tone?: Tone;
  className?: string;
}) {
  const share = max === null || max <= 0 ? null : Math.min(1, Math.max(0, value / max));
  const percent = share === null ? null : share < 1 ? Math.min(99, Math.round(share * 100)) : 100;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(percent === null ? {} : { 'aria-valuenow': percent, 'aria-valuetext': `${percent} %` })}
      className={cn('h-1.5 overflow-hidden rounded-full bg-line', className)}
    >
      <div
        className={cn(
          'h-full origin-left rounded-full transition-transform duration-300',
          TONE_CLASSES[tone].fill,
          share === null && 'w-1/3 animate-live',
        )}
        style={share === null ? undefined : { transform: `scaleX(${share})` }}
      />
    </div>
  );
}
