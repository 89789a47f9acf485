import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { noteOpenStreams, stoppingSignal } from './end-streams.ts';

describe('stopping with open connections', () => {
  it('cuts event streams, tells long polls, lets other requests finish, and leaves no connection that a closing server waits for', async () => {
    const endStreams = noteOpenStreams();
    let finish = () => {};
    const server = createServer((request, response) => {
      if (request.url === '/live') {
        response.setHeader('content-type', 'text/event-stream; charset=utf-8');
        response.write('data: hello\n\n');
      } else {
        response.setHeader('content-type', 'application/json');
        response.write('[');
        finish = () => response.end(']');
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const agent = new Agent({ keepAlive: true });
    const ask = async (path: string) => {
      const [answer] = (await once(get({ port, path, agent }), 'response')) as [IncomingMessage];
      return answer;
    };
    const live = await ask('/live');
    const slow = await ask('/slow');
    const unused = connect(port, '127.0.0.1').on('error', () => undefined);
    await once(server, 'connection');
    const cut = once(live.resume(), 'error');
    const closed = once(server.close(), 'close');

    expect(stoppingSignal().aborted).toBe(false);
    endStreams();
    expect(stoppingSignal().aborted).toBe(true);
    const [error] = (await cut) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');

    finish();
    let body = '';
    for await (const chunk of slow) body += chunk;
    expect(body).toBe('[]');
    await closed;
    unused.destroy();
    agent.destroy();
  });
});
