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
