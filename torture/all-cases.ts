import { FIREWALL_CASES } from './cases/firewall.ts';
import { FULL_BUFFER_CASES } from './cases/full-buffer.ts';
import { FULL_DISK_CASES } from './cases/full-disks.ts';
import { KILL_CASES } from './cases/kill.ts';
import { LANDING_CASES } from './cases/landing.ts';
import { LINE_CASES } from './cases/line-faults.ts';
import { ODD_FILE_CASES } from './cases/odd-files.ts';
import { POWER_CASES } from './cases/power.ts';
import { RESTART_CASES } from './cases/restarts.ts';
import { REUSED_NAME_CASES } from './cases/reused-names.ts';
import { SERIES_CASES } from './cases/series-faults.ts';
import { SITE_SWITCH_CASES } from './cases/site-switch.ts';
import { STORE_CASES } from './cases/store-server.ts';
import { STORE_UPLOAD_CASES } from './cases/store-uploads.ts';
import { SWITCH_CASES } from './cases/switches.ts';
import { UPLOAD_SWITCH_CASES } from './cases/upload-switches.ts';
import type { TortureCase } from './torture-case.ts';

export const ALL_CASES: readonly TortureCase[] = [
  ...KILL_CASES,
  ...RESTART_CASES,
  ...LINE_CASES,
  ...SERIES_CASES,
  ...SWITCH_CASES,
  ...SITE_SWITCH_CASES,
  ...UPLOAD_SWITCH_CASES,
  ...LANDING_CASES,
  ...REUSED_NAME_CASES,
  ...ODD_FILE_CASES,
  ...FULL_DISK_CASES,
  ...FULL_BUFFER_CASES,
  ...POWER_CASES,
  ...FIREWALL_CASES,
  ...STORE_CASES,
  ...STORE_UPLOAD_CASES,
];
