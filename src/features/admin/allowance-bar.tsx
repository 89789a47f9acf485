import { cn } from '#src/components/class-names.ts';
import type { LicenceView } from '#src/server/domain/accounting/accounting.types.ts';
import { cpuHours, hoursText } from '#src/shared/model/accounting.ts';
import { leftOf } from './licence-words.ts';

const share = (part: number, whole: number) => (whole > 0 ? (100 * part) / whole : 0);

/** CPU hours of a licence: used, set aside and left, as a bar and in words. */
export function AllowanceBar({ licence, className }: { licence: LicenceView; className?: string }) {
  const { grantedCpuMs, reservedCpuMs, settledCpuMs } = licence;
  const left = leftOf(licence);
  const exact = `${cpuHours(settledCpuMs)} used, ${cpuHours(reservedCpuMs)} set aside, ${cpuHours(left)} left of ${cpuHours(grantedCpuMs)}`;
  return (
    <div className={cn('grid gap-1', className)} title={exact}>
      <div className="flex h-1.5 overflow-hidden rounded-full bg-line" aria-hidden>
        <span className="bg-accent" style={{ width: `${share(settledCpuMs, grantedCpuMs)}%` }} />
        <span className="bg-queued" style={{ width: `${share(reservedCpuMs, grantedCpuMs)}%` }} />
      </div>
      <p className="text-ink-soft text-xs tabular-nums">
        {grantedCpuMs === 0 ? (
          'no CPU hours'
        ) : (
          <>
            <span className={cn('font-medium', left === 0 ? 'text-failed' : 'text-ink')}>
              {hoursText(left)} left
            </span>{' '}
            of {hoursText(grantedCpuMs)} CPU hours
            {reservedCpuMs > 0 && <span className="text-queued">, {hoursText(reservedCpuMs)} set aside</span>}
          </>
        )}
      </p>
    </div>
  );
}
