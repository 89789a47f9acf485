import { KILL_CASES } from './cases/kill.ts';
import { LINE_CASES } from './cases/line-faults.ts';
import { SERIES_CASES } from './cases/series-faults.ts';
import type { TortureCase } from './torture-case.ts';

export const ALL_CASES: readonly TortureCase[] = [...KILL_CASES, ...LINE_CASES, ...SERIES_CASES];
