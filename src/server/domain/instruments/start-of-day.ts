/**
 * The instant at which the day of `at` began in a time zone (IANA name). Right on days when the clocks change: the offset is
 * asked for midnight itself, not for `at`.
 */
export function startOfDay(at: Date, timeZone: string): Date {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(at);
  const midnightAsUtc = Date.parse(`${parts}T00:00:00Z`);
  // The offset at the guess may differ from that at the true midnight when the change lies between: a second step settles it.
  const once = midnightAsUtc - offsetMs(new Date(midnightAsUtc), timeZone);
  return new Date(midnightAsUtc - offsetMs(new Date(once), timeZone));
}

const HOUR_MS = 3600 * 1000;

/** The instant at which the day of `at` ends and the next begins in a time zone: 23, 24 or 25 hours after its start. */
export function startOfNextDay(at: Date, timeZone: string): Date {
  // A day and a half after a midnight is within the next day however long both are.
  return startOfDay(new Date(startOfDay(at, timeZone).getTime() + 36 * HOUR_MS), timeZone);
}

/** Local time minus UTC at an instant. */
function offsetMs(at: Date, timeZone: string): number {
  const formatted = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(at);
  return Date.parse(`${formatted.replace(' ', 'T')}Z`) - Math.floor(at.getTime() / 1000) * 1000;
}
