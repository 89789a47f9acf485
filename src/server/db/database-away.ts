/**
 * SQLSTATEs of a server that is away or about to be: connection faults (class 08), shutdown, crash, still starting (57P01–57P03),
 * no connection left.
 */
const AWAY_STATES = /^(08...|57P0[123]|53300)$/;
/** What the socket says when nobody answers or the connection is cut. */
const AWAY_SOCKETS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
]);
/** The driver's own sentences, which carry no code. */
const AWAY_SENTENCES = new Set([
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'timeout expired',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'Cannot use a pool after calling end on the pool',
]);

function saysAway(error: Error): boolean {
  const { code, syscall, routine } = error as { code?: unknown; syscall?: unknown; routine?: unknown };
  if (typeof code !== 'string') return AWAY_SENTENCES.has(error.message);
  if (AWAY_STATES.test(code) || AWAY_SOCKETS.has(code)) return true;
  // No socket file (files that are missing elsewhere have the same code), and a database that takes no connections at present.
  return (code === 'ENOENT' && syscall === 'connect') || (code === '55000' && routine === 'CheckMyDatabase');
}

/** True when the error, or one of its causes, says that the database cannot be reached at present: trying again later may help. */
export function isDatabaseAway(thrown: unknown): boolean {
  let error: unknown = thrown;
  for (let depth = 0; depth < 5 && error instanceof Error; depth++) {
    if (saysAway(error)) return true;
    error = error.cause;
  }
  return false;
}
