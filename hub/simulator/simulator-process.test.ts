import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { Pull } from 'zeromq';
import { decodeStreamV1 } from '#src/shared/codecs/stream-v1.ts';
import { decodeStreamV2, encodeStreamV2End } from '#src/shared/codecs/stream-v2.ts';
import type { StreamMessage, StreamStart } from '#src/shared/model/stream.ts';
import { MessageSender } from './message-sender.ts';

/** Real processes and real sockets. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'replay-'));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(script: string, args: readonly string[]) {
  const child = spawn(process.execPath, [join(root, script), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    output += data.toString();
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return { child, exited, output: () => output };
}

/** A free port; between closing and using it another program could take it, which a test may risk. */
async function freeEndpoint(): Promise<string> {
  const sender = await MessageSender.bind({
    endpoint: 'tcp://127.0.0.1:*',
    queueMessages: 1,
    lingerMs: 0,
    onWaiting: () => {},
  });
  const { address } = sender;
  sender.close();
  return address;
}

async function pull(
  endpoint: string,
  enough: (message: StreamMessage) => boolean,
  decode = (parts: readonly Uint8Array[]) => decodeStreamV2(parts[0]!),
): Promise<StreamMessage[]> {
  const socket = new Pull({ receiveTimeout: 20_000 });
  socket.connect(endpoint);
  const messages: StreamMessage[] = [];
  try {
    for await (const parts of socket) {
      const message = decode(parts);
      messages.push(message);
      if (enough(message)) return messages;
    }
    return messages;
  } finally {
    socket.close();
  }
}

const small = ['--detector', 'eiger2-500k', '--rate', '50', '--prerender', '1'];

describe('simulator process', () => {
  it('sends a series in order and ends by itself', async () => {
    const endpoint = await freeEndpoint();
    const { exited } = run('hub/simulator/index.ts', [
      '--bind',
      endpoint,
      '--frames',
      '4',
      '--series',
      '1',
      ...small,
    ]);
    const messages = await pull(endpoint, ({ type }) => type === 'end');
    expect(messages.map(({ type }) => type)).toEqual(['start', 'image', 'image', 'image', 'image', 'end']);
    expect(await exited).toBe(0);
  }, 40_000);

  it('sends the same as Stream V1', async () => {
    const endpoint = await freeEndpoint();
    const args = ['--bind', endpoint, '--protocol', 'stream-v1', '--frames', '2', '--series', '1', ...small];
    const { exited } = run('hub/simulator/index.ts', args);
    const messages = await pull(
      endpoint,
      ({ type }) => type === 'end',
      (parts) => decodeStreamV1(parts, { receivedAt: '', uniqueIdOf: String }),
    );
    expect(await exited).toBe(0);
    const [start, first, second] = messages;
    expect(start).toMatchObject({ type: 'start', numberOfImages: 2, warnings: [] });
    expect((start as StreamStart).userData).toMatchObject({ file_prefix: expect.any(String) });
    expect((start as StreamStart).pixelMasks.get('default')).toMatchObject({ filter: 'none', dtype: 'u4' });
    expect([first, second]).toMatchObject([
      { type: 'image', imageId: 0 },
      { type: 'image', imageId: 1 },
    ]);
  }, 40_000);

  it('sends the end of a series that SIGTERM cuts short', async () => {
    const endpoint = await freeEndpoint();
    const { child, exited } = run('hub/simulator/index.ts', [
      '--bind',
      endpoint,
      '--frames',
      '100000',
      ...small,
    ]);
    const messages = await pull(endpoint, (message) => {
      if (message.type === 'image' && message.imageId === 3) child.kill('SIGTERM');
      return message.type === 'end';
    });
    expect(messages.at(-1)!.type).toBe('end');
    expect(await exited).toBe(0);
  }, 40_000);

  it('measures something else at every start, unless it is given a seed, and tells the seed', async () => {
    const seedOf = async (...more: string[]) => {
      const { child, exited, output } = run('hub/simulator/index.ts', [
        '--bind',
        'tcp://127.0.0.1:*',
        ...small,
        ...more,
      ]);
      await expect.poll(output, { timeout: 20_000 }).toContain('simulated beamline ready');
      child.kill('SIGTERM');
      expect(await exited).toBe(0);
      return /"seed":(\d+)/.exec(output())?.[1];
    };
    expect(await seedOf('--seed', '7')).toBe('7');
    expect(await seedOf()).not.toBe(await seedOf());
  }, 60_000);

  it('stops on SIGTERM while nobody pulls', async () => {
    const { child, exited, output } = run('hub/simulator/index.ts', [
      '--bind',
      'tcp://127.0.0.1:*',
      ...small,
    ]);
    await expect.poll(output, { timeout: 20_000 }).toContain('the series waits');
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  }, 40_000);

  it('refuses a port in use with a sentence', async () => {
    const sender = await MessageSender.bind({
      endpoint: 'tcp://127.0.0.1:*',
      queueMessages: 1,
      lingerMs: 0,
      onWaiting: () => {},
    });
    const { exited, output } = run('hub/simulator/index.ts', ['--bind', sender.address, ...small]);
    expect(await exited).toBe(1);
    expect(output()).toContain('is in use by another program');
    sender.close();
  }, 40_000);
});

describe('replay', () => {
  it('sends the folder again and again with new series ids, and says what it did', async () => {
    for (const id of [0, 1]) {
      writeFileSync(
        join(folder, `${id}.cbor`),
        encodeStreamV2End({ seriesId: 9, seriesUniqueId: 'recorded' }),
      );
    }
    const endpoint = await freeEndpoint();
    const { exited, output } = run('scripts/replay.ts', [
      folder,
      '--bind',
      endpoint,
      '--loop',
      '2',
      '--rate',
      '100',
    ]);
    let received = 0;
    const messages = await pull(endpoint, () => ++received === 4);
    const ids = messages.map((message) => (message.type === 'end' ? message.seriesUniqueId : ''));
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).toBe(ids[3]);
    expect(new Set([...ids, 'recorded']).size).toBe(3);
    expect(await exited).toBe(0);
    expect(output()).toContain('4 messages sent, series ');
  }, 40_000);

  it('says what is wrong with an empty folder, a missing one and an option', async () => {
    const empty = mkdtempSync(join(folder, 'empty-'));
    for (const [args, sentence] of [
      [[empty], 'There are neither .cbor files'],
      [[join(empty, 'nowhere')], 'does not exist'],
      [[empty, '--rate', 'fast'], '--rate wants a number'],
      [[], 'Name one folder'],
    ] as const) {
      const { exited, output } = run('scripts/replay.ts', args);
      expect(await exited).toBe(1);
      expect(output()).toContain(sentence);
    }
  }, 40_000);
});
