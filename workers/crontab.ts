/** Lines of a crontab as graphile-worker reads them (UTC): minute, hour, day, month, weekday, task. */
export const CRONTAB = [
  '17 * * * * sweep',
  '* * * * * watch-storage',
  '* * * * * fold-folders',
  '*/10 * * * * place-files',
  '29 * * * * remove-files',
].join('\n');
