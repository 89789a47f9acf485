/** Lines of a crontab as graphile-worker reads them (UTC): minute, hour, day, month, weekday, task. */
export const CRONTAB = ['17 * * * * sweep', '* * * * * watch-storage', '* * * * * fold-folders'].join('\n');
