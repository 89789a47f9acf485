import { FIREWALL_CASES } from './cases/firewall.ts';
import { FULL_DISK_CASES } from './cases/full-disks.ts';
import { KILL_CASES } from './cases/kill.ts';
import { LANDING_CASES } from './cases/landing.ts';
import { LINE_CASES } from './cases/line-faults.ts';
import { ODD_FILE_CASES } from './cases/odd-files.ts';
import { REUSED_NAME_CASES } from './cases/reused-names.ts';
import { SERIES_CASES } from './cases/series-faults.ts';
import { STORE_CASES } from './cases/store-server.ts';
import { SWITCH_CASES } from './cases/switches.ts';
import { UPLOAD_SWITCH_CASES } from './cases/upload-switches.ts';
import type { TortureCase } from './torture-case.ts';

export const ALL_CASES: readonly TortureCase[] = [
  ...KILL_CASES,
  ...LINE_CASES,
  ...SERIES_CASES,
  ...SWITCH_CASES,
  ...UPLOAD_SWITCH_CASES,
  ...LANDING_CASES,
  ...REUSED_NAME_CASES,
  ...ODD_FILE_CASES,
  ...FULL_DISK_CASES,
  ...FIREWALL_CASES,
  ...STORE_CASES,
];
