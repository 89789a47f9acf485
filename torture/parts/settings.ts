import type { ThrowawayRgw } from '#scripts/lib/throwaway-rgw.ts';
import type { Setting } from '../torture-case.ts';
import { faketimeLibrary } from './needs.ts';

/** One hour: the mistake of a machine that was set up in the wrong time zone. */
export const CLOCK_OFF_S = 3600;

/** Environment of all processes of the server side (the database keeps the machine's clock). */
export function settingEnvironment(setting: Setting): Record<string, string> {
  if (setting !== 'clock-off') return {};
  return {
    LD_PRELOAD: faketimeLibrary()!,
    FAKETIME: `+${CLOCK_OFF_S}s`,
    // Timers go on as they are; files carry the times that they have on this machine.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    NO_FAKE_STAT: '1',
  };
}

/** A bucket in place of the store's folder; all goes through the data server, so that the lines to it can fail as they do for a folder. */
export const bucketEnvironment = ({ settings }: ThrowawayRgw): Record<string, string> => ({
  BEAMDECK_STORE: 's3',
  BEAMDECK_S3_ENDPOINT: settings.endpoint,
  BEAMDECK_S3_REGION: settings.region,
  BEAMDECK_S3_BUCKET: settings.bucket,
  BEAMDECK_S3_ACCESS_KEY: settings.accessKey,
  BEAMDECK_S3_SECRET_KEY: settings.secretKey,
});
