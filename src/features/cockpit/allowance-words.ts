import { formatBytes } from '#src/components/format.ts';
import type { Tone } from '#src/components/ui/status.tsx';
import type { CockpitSurroundings } from '#src/server/domain/instruments/surroundings.service.ts';
import { hoursText } from '#src/shared/model/accounting.ts';
import { storageLevel } from '#src/shared/model/storage-level.ts';

type Licence = NonNullable<CockpitSurroundings['allowance']>['licences'][number];

/** Where a licence is worth a colour: nine tenths used. */
const SCARCE_SHARE = 0.9;

export interface UseWords {
  /** Of `max`; null where no licence says how much there may be. */
  value: number;
  max: number | null;
  text: string;
  tone: Extract<Tone, 'running' | 'warn' | 'failed'>;
}

function toneOf(value: number, max: number): UseWords['tone'] {
  if (value < SCARCE_SHARE * max) return 'running';
  return value < max ? 'warn' : 'failed';
}

/** "3.1 TB of 10 TB"; without a quota what is kept alone. Loud from where staff are warned. */
export function storageWords(bytes: number, quotaBytes: number | null): UseWords {
  const { warning } = storageLevel(bytes, quotaBytes);
  return {
    value: bytes,
    max: quotaBytes,
    text:
      quotaBytes === null
        ? `${formatBytes(bytes)}, no quota`
        : `${formatBytes(bytes)} of ${formatBytes(quotaBytes)}`,
    tone: warning === null ? 'running' : warning < 100 ? 'warn' : 'failed',
  };
}

/** "nothing is archived yet": Beamdeck keeps all data online, so that there is no use of an archive to tell, only what is licensed. */
export function archiveWords(quotaBytes: number | null): UseWords {
  const licensed = quotaBytes === null ? '' : `; ${formatBytes(quotaBytes)} licensed`;
  return { value: 0, max: null, text: `nothing is archived yet${licensed}`, tone: 'running' };
}

/** "412 of 500 CPU hours left"; what is reserved for runs under way is not left. */
export function licenceWords({ grantedCpuMs, reservedCpuMs, settledCpuMs }: Licence): UseWords {
  const used = reservedCpuMs + settledCpuMs;
  const reserved = reservedCpuMs > 0 ? `, ${hoursText(reservedCpuMs)} reserved` : '';
  return {
    value: used,
    max: grantedCpuMs,
    text: `${hoursText(Math.max(0, grantedCpuMs - used))} of ${hoursText(grantedCpuMs)} CPU hours left${reserved}`,
    tone: grantedCpuMs === 0 ? 'failed' : toneOf(used, grantedCpuMs),
  };
}
