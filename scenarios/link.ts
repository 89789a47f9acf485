import { freePort } from '#scripts/lib/embedded-postgres.ts';
import { end, hear, startChild } from '../bench/lib/children.ts';
import type { SlowLinkOrder } from '../bench/lib/slow-link.ts';
import type { AgentOptions } from '../torture/parts/agent-process.ts';
import type { Trial } from '../torture/parts/trial.ts';

/** A link with a rate and a round trip between the trial's agent and the server side. */
export async function startLink(
  trial: Trial,
  { bytesPerS, roundTripMs }: Omit<SlowLinkOrder, 'ports'>,
): Promise<{ relays: AgentOptions['relays']; stop(): Promise<void> }> {
  const { demo } = trial.installation;
  const relays: Record<string, number> = {};
  const ports: Record<string, number> = {};
  for (const [url, line] of [
    [demo.web, trial.lines.web],
    [demo.data, trial.lines.data],
  ] as const) {
    const port = await freePort();
    relays[new URL(url).host] = port;
    ports[port] = line.port;
  }
  const child = startChild('slow-link.ts', { bytesPerS, roundTripMs, ports } satisfies SlowLinkOrder);
  await hear(child, 'ready');
  return { relays, stop: () => end(child) };
}
