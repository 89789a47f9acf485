/** Who owns an allowance: everybody at the facility, a group, one person. */
export const LICENCE_OWNERS = ['facility', 'lab', 'user'] as const;
export type LicenceOwner = (typeof LICENCE_OWNERS)[number];

/** What a licence pays for. */
export const RUN_KINDS = ['job', 'session'] as const;
export type RunKind = (typeof RUN_KINDS)[number];

/**
 * Rows of the ledger. `grant` and `withdraw`: an admin gave or took. `reserve` sets aside before a run, `release` gives that back when it
 * ends, `settle` charges what it used, `refund` gives the charge back when the platform failed. Each at most once for a run.
 */
export const LEDGER_KINDS = ['grant', 'withdraw', 'reserve', 'release', 'settle', 'refund'] as const;
export type LedgerKind = (typeof LEDGER_KINDS)[number];

export const HOUR_MS = 3_600_000;

/**
 * CPU milliseconds that a run costs: the price of its profile (CPU hours per hour, in thousandths) × wall time. With the usual price, one CPU
 * hour per CPU and hour, this is CPUs × wall time, as Slurm counts `cpu` in its TRES-minutes (AllocCPUS × ElapsedRaw). Rounded up to whole
 * milliseconds; a run that ended before it began costs nothing. Exact for whatever fits a safe integer; beyond that a RangeError.
 */
export function runCostMs(priceMilli: number, wallMs: number): number {
  const cost = (BigInt(priceMilli) * BigInt(Math.max(0, Math.round(wallMs))) + 999n) / 1000n;
  if (cost > BigInt(Number.MAX_SAFE_INTEGER))
    throw new RangeError('A run of this length cannot be paid for.');
  return Number(cost);
}

const HOURS = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 2 });

const SMALL_HOURS = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 2 });

/**
 * CPU milliseconds in hours, the same wherever they stand: to a hundredth, "0.25", "1,234.5"; a run of seconds with two figures, so that it is not
 * nothing, "0.0061"; below a third of a second "< 0.0001".
 */
export function hoursText(cpuMs: number): string {
  const hours = cpuMs / HOUR_MS;
  const size = Math.abs(hours);
  if (size > 0 && size < 0.0001) return hours > 0 ? '< 0.0001' : '> −0.0001';
  return (size < 0.01 ? SMALL_HOURS : HOURS).format(hours).replace('-', '−');
}

/** "1 CPU hour", "412.25 CPU hours". */
export function cpuHours(cpuMs: number): string {
  const text = hoursText(cpuMs);
  return `${text} CPU ${text === '1' || text === '−1' ? 'hour' : 'hours'}`;
}
