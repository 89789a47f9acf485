const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(timeZone, format);
  }
  return format;
}

/** An instant as the clocks of a time zone (IANA name) show it: `date` 2026-11-21, `time` 142305. */
export function dateParts(
  at: Date,
  timeZone: string,
): Record<'date' | 'year' | 'month' | 'day' | 'time', string> {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const { year, month, day, hour, minute, second } = parts as Record<string, string>;
  return {
    date: `${year}-${month}-${day}`,
    year: year!,
    month: month!,
    day: day!,
    time: `${hour}${minute}${second}`,
  };
}
