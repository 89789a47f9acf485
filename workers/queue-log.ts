import { Logger, type LogLevel } from 'graphile-worker';
import type { Logger as PinoLogger } from '#src/server/observability/logger.ts';

const LEVELS: Readonly<Record<`${LogLevel}`, 'error' | 'warn' | 'info' | 'debug'>> = {
  error: 'error',
  warning: 'warn',
  // The queue tells of every task it takes up and ends; ours tell what they did.
  info: 'debug',
  debug: 'debug',
};

/** The queue's own log lines, in ours. */
export const queueLog = (log: PinoLogger): Logger =>
  new Logger(({ label }) => (level, message, meta) => {
    log[LEVELS[level]]({ queue: label, ...(meta?.error ? { err: meta.error } : {}) }, message);
  });
