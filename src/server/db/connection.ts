import pg from 'pg';

const CONNECT_TIMEOUT_MS = 10_000;
const GOODBYE_MS = 5000;

/** What every connection to the database has in common. A peer that vanished without a word is noticed within seconds. */
export const connectionSettings = (databaseUrl: string, name: string) => ({
  connectionString: databaseUrl,
  application_name: `beamdeck-${name}`,
  connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
});

/** Cuts the connection without waiting for the server; whoever waits for an answer on it is told so. */
export const cutConnection = (client: pg.Client): void => {
  client.connection.stream.destroy();
};

/** Says goodbye to the server and resolves when the connection is closed; a server that does not answer is left after 5 s. */
export async function endConnection(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => cutConnection(client), GOODBYE_MS);
  try {
    await client.end();
  } finally {
    clearTimeout(timer);
  }
}

/** One connection for one piece of work. Throws what the database throws; statements may take as long as they like. */
export async function withConnection<T>(
  databaseUrl: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(connectionSettings(databaseUrl, 'script'));
  // A lost connection is told by the statement that needs it; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await endConnection(client);
  }
}
