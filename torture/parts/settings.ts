import type { ThrowawayRgw } from '#scripts/lib/throwaway-rgw.ts';
import type { Setting } from '../torture-case.ts';
import { FAKED, type MovingClock } from './moving-clock.ts';
import { faketimeLibrary, idleSyncLibrary } from './needs.ts';

/** One hour: the mistake of a machine that was set up in the wrong time zone. */
export const CLOCK_OFF_S = 3600;

/** Environment of all processes of the server side (the database keeps the machine's clock). */
export function settingEnvironment(setting: Setting): Record<string, string> {
  if (setting === 'clock-off')
    return { ...FAKED, LD_PRELOAD: faketimeLibrary()!, FAKETIME: `+${CLOCK_OFF_S}s` };
  if (setting === 'power-disk-unsynced') return { LD_PRELOAD: idleSyncLibrary()! };
  return {};
}

/**
 * A bucket in place of the store's folder. All goes through the data server, so that the lines to it can fail as they do for a folder; with a
 * clock that moves, which is the bucket's, parts go straight to it, by addresses that end by that clock.
 * @param endpoint where the server side reaches it
 */
export const bucketEnvironment = (
  { settings }: ThrowawayRgw,
  { endpoint = settings.endpoint, isDirect = false } = {},
): Record<string, string> => ({
  BEAMDECK_STORE: 's3',
  BEAMDECK_S3_ENDPOINT: endpoint,
  BEAMDECK_S3_PUBLIC_URL: settings.publicUrl,
  BEAMDECK_S3_REGION: settings.region,
  BEAMDECK_S3_BUCKET: settings.bucket,
  BEAMDECK_S3_ACCESS_KEY: settings.accessKey,
  BEAMDECK_S3_SECRET_KEY: settings.secretKey,
  ...(isDirect ? { BEAMDECK_S3_DIRECT: 'parts' } : {}),
});

/** What goes by a clock that moves: the whole server side of a store that is a folder, the gateway of a bucket. */
export const movingEnvironment = (
  clock: MovingClock | null,
  isBucket: boolean,
): Record<'server' | 'gateway', Record<string, string>> => ({
  server: clock === null || isBucket ? {} : clock.environment,
  gateway: clock === null || !isBucket ? {} : clock.environment,
});
