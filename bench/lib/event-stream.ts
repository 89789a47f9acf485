import type { LiveEvent, Topic } from '#src/shared/contracts/live-events.ts';

export interface StreamOptions {
  web: string;
  /** Cookie header of a session. */
  cookie: string;
  topics: readonly Topic[];
  /** To go on behind it. */
  lastEventId?: string | null;
  onEvents(events: readonly LiveEvent[], id: string): void;
  /** Events were missed: a browser would load everything anew. */
  onGap?(): void;
  signal: AbortSignal;
}

/** One message of the stream: lines of `data` and `id`. */
function take(block: string, { onEvents, onGap }: StreamOptions): void {
  const lineOf = (name: string) =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  const [data, id] = [lineOf('data'), lineOf('id')];
  if (!data || !id) return;
  const { json: message } = JSON.parse(data) as { json: { type: string; json?: string } };
  if (message.type === 'gap') onGap?.();
  if (message.type === 'events') onEvents(JSON.parse(message.json!) as LiveEvent[], id);
}

/**
 * Reads the stream of live events as a browser's EventSource does. Resolves when the server has answered; `ended` when the stream has ended,
 * for whatever reason. Throws when there is no stream.
 */
export async function readLiveEvents(options: StreamOptions): Promise<{ ended: Promise<void> }> {
  const { web, cookie, topics, lastEventId, signal } = options;
  const input = encodeURIComponent(JSON.stringify({ json: { topics, lastEventId: lastEventId ?? null } }));
  const answer = await fetch(`${web}/api/trpc/live.events?input=${input}`, {
    headers: { cookie, accept: 'text/event-stream' },
    signal,
  });
  if (!answer.ok || !answer.body) throw new Error(`no live events: HTTP ${answer.status}`);
  const reader = answer.body.getReader();
  const read = async () => {
    const decoder = new TextDecoder();
    let rest = '';
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      const blocks = (rest + decoder.decode(piece.value, { stream: true })).split('\n\n');
      rest = blocks.pop()!;
      for (const block of blocks) take(block, options);
    }
  };
  return { ended: read().catch(() => undefined) };
}
