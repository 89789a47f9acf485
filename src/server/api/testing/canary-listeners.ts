import type { LiveItem } from '#src/server/domain/live/live.service.ts';
import { newContext } from '#src/server/domain/new-context.ts';
import { publish } from '#src/server/events/outbox.repository.ts';
import type { Topic } from '#src/shared/contracts/live-events.ts';
import { eventsOf } from '#src/testing/live-items.ts';
import { testContext } from '#src/testing/test-context.ts';
import { principalOfRequest } from '../../auth/current-principal.ts';
import type { BrowserReader } from './canary-readers.ts';
import type { CanaryWorld } from './canary-world.ts';

/** What every browser may hear, whoever asks for every topic there is, while `deeds` are done. */
export async function heardDuring(
  { container, w, groups }: CanaryWorld,
  readers: readonly BrowserReader[],
  deeds: () => Promise<void>,
): Promise<Map<BrowserReader, LiveItem[]>> {
  const experiments = [w.running, w.next, ...Object.values(groups)];
  const topics: Topic[] = [
    `instrument:${w.instrument.id}`,
    `instrument:${w.elsewhere.instrumentId}`,
    `experiment:${w.elsewhere.experimentId}`,
    ...experiments.map(({ id }): Topic => `experiment:${id}`),
    ...[w.running, ...Object.values(groups)].map(({ jobId }): Topic => `job:${jobId}`),
    ...readers.map(({ me }): Topic => `person:${me.personId}`),
  ];
  const listening = await Promise.all(
    readers.map(async (reader) => {
      const caller = newContext(await principalOfRequest(container, reader.me.headers));
      const stream = container.live.watch(caller, { topics });
      const first = (await stream.next()).value as LiveItem;
      return { reader, stream, first };
    }),
  );
  const reading = listening.map(async ({ reader, stream, first }) => {
    const items = [first];
    for await (const item of stream) {
      items.push(item);
      if (eventsOf(item).some(({ data }) => data.isLast === true)) break;
    }
    return [reader, items] as const;
  });
  await deeds();
  const own = readers.map(({ me }): Topic => `person:${me.personId}`);
  await publish(container.db, testContext(), {
    ...{ topics: own, kind: 'member.changed', data: { isLast: true } },
  });
  return new Map(await Promise.all(reading));
}
