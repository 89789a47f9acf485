import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withConnection } from '#src/server/db/connection.ts';
import { startPostgres } from './embedded-postgres.ts';
import { choosePlace, removeCluster } from './postgres-place.ts';

const settings = { fsync: 'off' };

const query = (url: string, text: string): Promise<unknown[]> =>
  withConnection(url, async (client) => (await client.query(text)).rows);

const ended = (pid: number) => !existsSync(`/proc/${pid}`);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe('embedded PostgreSQL', () => {
  let dir: string;
  beforeAll(async () => {
    // A space and a name beyond ASCII, as a scientist's folder may have; mkdtemp makes it mode 700.
    dir = await mkdtemp(join(tmpdir(), 'beamdeck test é-'));
  });
  afterAll(() => removeCluster(dir));

  it('makes a UTF-8 cluster, keeps it over a stop, prefers its port', async () => {
    const first = await startPostgres({ dir, name: 'beamdeck', settings });
    await query(first.url, 'create table kept (word text)');
    await query(first.url, `insert into kept values ('é')`);
    const shown = await query(
      first.url,
      `select pg_encoding_to_char(encoding) as encoding, upper('é') as sorted from pg_database where datname = 'beamdeck'`,
    );
    expect(shown).toEqual([{ encoding: 'UTF8', sorted: 'É' }]);
    await first.stop();
    expect(ended(first.pid)).toBe(true);

    const second = await startPostgres({ dir, name: 'beamdeck', settings, port: first.port });
    expect(second.port).toBe(first.port);
    expect(await query(second.url, 'select word from kept')).toEqual([{ word: 'é' }]);
    await second.stop();
  });

  it('starts again after SIGKILL, and when the left pid now belongs to another program', async () => {
    const killed = await startPostgres({ dir, name: 'beamdeck', settings });
    await query(killed.url, `insert into kept values ('before')`);
    killed.process.kill('SIGKILL');
    await until(() => ended(killed.pid));

    const { dataDir } = await choosePlace(dir);
    const pidFile = join(dataDir, 'postmaster.pid');
    const text = await readFile(pidFile, 'utf8');
    await writeFile(pidFile, text.replace(/^\d+/, String(process.pid)));

    const again = await startPostgres({ dir, name: 'beamdeck', settings });
    expect(await query(again.url, `select word from kept where word = 'before'`)).toHaveLength(1);
    await again.stop();
  });

  it('refuses connections without the password', async () => {
    const server = await startPostgres({ dir, name: 'beamdeck', settings });
    const wrong = new URL(server.url);
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
    await server.stop();
  });

  it('ends with a parent that was killed', async () => {
    const source = `import { startPostgres } from ${JSON.stringify(join(import.meta.dirname, 'embedded-postgres.ts'))};
      const server = await startPostgres({ dir: ${JSON.stringify(dir)}, name: 'beamdeck', settings: { fsync: 'off' } });
      process.stdout.write(String(server.pid));
      setInterval(() => undefined, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await new Promise<number>((resolve) => {
      parent.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString())));
    });
    expect(ended(pid)).toBe(false);
    parent.kill('SIGKILL');
    await until(() => ended(pid));
  });
});
