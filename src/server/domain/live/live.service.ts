import type { Topic } from '../../../shared/contracts/live-events.ts';
import type { Database } from '../../db/client.ts';
import type { HubEvent, LiveHub } from '../../events/live-hub.ts';
import { cursorText, isBehind, type OutboxCursor, parseCursor } from '../../events/outbox-cursor.ts';
import { isKept, readSettled } from '../../events/outbox-read.repository.ts';
import type { ServiceContext } from '../context.ts';
import { mayWatch } from './live-topics.policy.ts';

/** Rights are looked at again this often: somebody who was removed hears nothing from then on. */
const RECHECK_MS = 30_000;
/** So that a browser knows the line is alive, and what time it is here. */
const BEAT_MS = 10_000;
/** A browser that missed more than this loads everything anew, which is cheaper. */
const REPLAY_LIMIT = 3000;

export type LiveMessage =
  /** First: the topics that were granted; the rest is not the caller's to hear. */
  | { type: 'hello'; topics: Topic[]; now: string }
  /** `json`: a list of `LiveEvent`, in order. As text, which is made once for all who hear it. */
  | { type: 'events'; json: string }
  /** Events were missed for good: ask again for whatever is on screen. */
  | { type: 'gap'; now: string }
  /** These topics may no longer be heard. */
  | { type: 'revoked'; topics: Topic[] }
  | { type: 'beat'; now: string };

export interface LiveItem {
  /** Resume behind this: becomes the browser's last event id. */
  id: string;
  message: LiveMessage;
}

export interface WatchInput {
  topics: readonly Topic[];
  lastEventId?: string | null | undefined;
}

export interface LiveDeps {
  db: Database;
  hub: LiveHub;
  /** False once the session of the caller has ended; agents and the system have none. */
  isSessionLive(ctx: ServiceContext): Promise<boolean>;
}

const listOf = (events: readonly HubEvent[]) => `[${events.map(({ json }) => json).join(',')}]`;

export function createLiveService({ db, hub, isSessionLive }: LiveDeps) {
  async function granted(ctx: ServiceContext, topics: readonly Topic[]): Promise<Topic[]> {
    const allowed: Topic[] = [];
    for (const topic of new Set(topics)) if (await mayWatch(db, ctx, topic)) allowed.push(topic);
    return allowed;
  }

  /** What a returning browser missed, from its cursor up to where the hub hands out; null when not all of it is there. */
  async function missed(from: OutboxCursor, upTo: OutboxCursor, topics: readonly Topic[]) {
    // Of another database, or of a process that was ahead of this one: the database knows which.
    const inMemory = isBehind(upTo, from) ? null : hub.recent(from, upTo, new Set(topics));
    if (inMemory) return inMemory.length > REPLAY_LIMIT ? null : inMemory;
    if (!(await isKept(db, from))) return null;
    if (!isBehind(from, upTo) || topics.length === 0) return [];
    const { events, full } = await readSettled(db, from, { limit: REPLAY_LIMIT, topics, upTo });
    return full ? null : events.map((read) => ({ ...read, json: JSON.stringify(read.event) }));
  }

  return {
    /**
     * Live events of these topics, from now or behind `lastEventId`, until `signal` is aborted or the session ends. Topics
     * the caller may not hear are left out silently (a stranger cannot tell whether they exist).
     */
    async *watch(
      ctx: ServiceContext,
      input: WatchInput,
      signal?: AbortSignal,
    ): AsyncGenerator<LiveItem, void> {
      const resumeFrom = input.lastEventId ? parseCursor(input.lastEventId) : null;
      let topics = await granted(ctx, input.topics);
      const subscription = await hub.subscribe(new Set(topics));
      const now = () => ctx.now().toISOString();
      try {
        const start = subscription.startsBehind;
        const behind = resumeFrom ? await missed(resumeFrom, start, topics) : [];
        // Another web process may have been ahead of this one: then its last event counts, not our place.
        let seen = behind === null || !resumeFrom ? start : resumeFrom;
        yield { id: cursorText(seen), message: { type: 'hello', topics, now: now() } };
        if (behind === null) yield { id: cursorText(seen), message: { type: 'gap', now: now() } };
        const replayed = behind?.at(-1);
        if (behind && replayed) {
          seen = replayed.cursor;
          yield { id: replayed.event.id, message: { type: 'events', json: listOf(behind) } };
        }
        if (isBehind(seen, start)) seen = start;

        let checkedMs = ctx.now().getTime();
        const recheck = async (): Promise<Topic[]> => {
          checkedMs = ctx.now().getTime();
          const still = await granted(ctx, topics);
          const revoked = topics.filter((topic) => !still.includes(topic));
          topics = still;
          subscription.setTopics(new Set(still));
          return revoked;
        };
        while (!signal?.aborted) {
          const { events, overflowed, place } = await subscription.take(BEAT_MS, signal);
          if (signal?.aborted) return;
          const due = ctx.now().getTime() - checkedMs >= RECHECK_MS;
          // News about members may be news about the caller: checked before anything of that batch is told.
          if (due || events.some(({ event }) => event.kind === 'member.changed')) {
            if (!(await isSessionLive(ctx))) return;
            const revoked = await recheck();
            if (revoked.length > 0)
              yield { id: cursorText(seen), message: { type: 'revoked', topics: revoked } };
          }
          if (overflowed) yield { id: cursorText(seen), message: { type: 'gap', now: now() } };
          const news = events.filter(
            ({ event, cursor }) => isBehind(seen, cursor) && topics.includes(event.topic as Topic),
          );
          const last = news.at(-1);
          if (last) {
            seen = last.cursor;
            yield { id: last.event.id, message: { type: 'events', json: listOf(news) } };
          }
          if (isBehind(seen, place)) seen = place;
          if (events.length === 0) yield { id: cursorText(seen), message: { type: 'beat', now: now() } };
        }
      } finally {
        subscription.close();
      }
    },
  };
}

export type LiveService = ReturnType<typeof createLiveService>;
