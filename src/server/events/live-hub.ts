import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../db/client.ts';
import type { Logger } from '../observability/logger.ts';
import { type Listener, listen } from './listener.ts';
import { isBehind, type OutboxCursor } from './outbox-cursor.ts';
import {
  cursorNow,
  hasUnsettled,
  type ReadEvent,
  readRecent,
  readSettled,
} from './outbox-read.repository.ts';

const CHANNEL = 'beamdeck_outbox';
/** Should the LISTEN connection die silently, events are late by this at most. */
const POLL_MS = 2000;
/** How soon to look again while an older transaction still runs: doubled up to the poll. */
const UNSETTLED_FIRST_MS = 10;
const BATCH = 500;
/** Reads begin at least so far apart: what comes in between goes to every browser at once, which costs it one message in place of many. */
const GATHER_MS = 40;
/** Events that are kept in memory for browsers that come back, all at once when a web process has taken the place of another. */
const RECENT = 5000;
/** Events a slow browser may lag behind before it is told to load everything anew. */
const QUEUE_LIMIT = 2000;

export interface Subscription {
  /** Where the hub stood when this subscription began: it delivers everything behind. */
  startsBehind: OutboxCursor;
  /** Waits for events; empty when `signal` was aborted or `waitMs` passed. */
  take(waitMs: number, signal: AbortSignal | undefined): Promise<Taken>;
  setTopics(topics: ReadonlySet<string>): void;
  close(): void;
}

/** An event with what it is for the line: made once for all who hear it. */
export interface HubEvent extends ReadEvent {
  json: string;
}

export interface Taken {
  events: HubEvent[];
  /** Events were dropped before these, because nobody took them. */
  overflowed: boolean;
  /** Where the hub stood when these were taken: nothing else of these topics lies before. */
  place: OutboxCursor;
}

interface Subscriber {
  topics: ReadonlySet<string>;
  queue: HubEvent[];
  overflowed: boolean;
  wake: (() => void) | null;
}

export interface LiveHubDeps {
  db: Database;
  databaseUrl: string;
  log: Logger;
}

/**
 * One per web process: one LISTEN connection, one cursor, every browser's subscription. Wakes by NOTIFY (and by poll, since
 * a notification is a hint and no promise), reads what is final behind its cursor, hands it out by topic.
 */
export class LiveHub {
  readonly #deps: LiveHubDeps;
  readonly #subscribers = new Set<Subscriber>();
  #cursor: OutboxCursor | null = null;
  /** The newest up to the cursor, in order, without a break. */
  #recent: HubEvent[] = [];
  #starting: Promise<void> | null = null;
  #reading = false;
  #readAgain = false;
  /** When the last read began, `performance.now`. */
  #readAtMs = Number.NEGATIVE_INFINITY;
  #endSleep: (() => void) | null = null;
  #failing = false;
  #closed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #listener: Listener | null = null;

  constructor(deps: LiveHubDeps) {
    this.#deps = deps;
  }

  /** Throws what the database throws when it is away at the first subscription; later outages are ridden out. */
  async subscribe(topics: ReadonlySet<string>): Promise<Subscription> {
    this.#starting ??= this.#start().catch((error) => {
      this.#starting = null;
      throw error;
    });
    await this.#starting;
    const subscriber: Subscriber = { topics, queue: [], overflowed: false, wake: null };
    this.#subscribers.add(subscriber);
    return {
      startsBehind: this.#cursor!,
      take: async (waitMs, signal) => {
        await waitForEvents(subscriber, waitMs, signal);
        const { queue: events, overflowed } = subscriber;
        subscriber.queue = [];
        subscriber.overflowed = false;
        return { events, overflowed, place: this.#cursor! };
      },
      setTopics: (wanted) => {
        subscriber.topics = wanted;
      },
      close: () => {
        this.#subscribers.delete(subscriber);
        subscriber.wake?.();
      },
    };
  }

  /**
   * What these topics had behind `from` and up to `upTo`, of what is in memory; null when that does not reach back so far. `upTo` is a place the
   * hub has been at.
   */
  recent(from: OutboxCursor, upTo: OutboxCursor, topics: ReadonlySet<string>): HubEvent[] | null {
    const oldest = this.#recent[0];
    if (!oldest || isBehind(from, oldest.cursor)) return null;
    return this.#recent.filter(
      ({ cursor, event }) => topics.has(event.topic) && isBehind(from, cursor) && !isBehind(upTo, cursor),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#endSleep?.();
    for (const subscriber of this.#subscribers) subscriber.wake?.();
    this.#subscribers.clear();
    await this.#listener?.close();
  }

  async #start(): Promise<void> {
    const { db } = this.#deps;
    const cursor = await cursorNow(db);
    this.#recent = (await readRecent(db, cursor, RECENT)).map(forTheLine);
    this.#cursor = cursor;
    if (this.#closed) return;
    const read = () => this.#read();
    const { databaseUrl, log } = this.#deps;
    this.#listener = listen({ databaseUrl, channel: CHANNEL, log, onNotification: read, onListening: read });
    this.#schedule(POLL_MS);
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => this.#read(), delayMs);
    this.#timer.unref();
  }

  #read(): void {
    if (this.#reading) {
      this.#readAgain = true;
      this.#endSleep?.();
      return;
    }
    this.#reading = true;
    void this.#readAll().finally(() => {
      this.#reading = false;
    });
  }

  async #readAll(): Promise<void> {
    let unsettledMs = UNSETTLED_FIRST_MS;
    try {
      for (let full = false; ; ) {
        const restMs = this.#readAtMs + GATHER_MS - performance.now();
        if (!full && restMs > 0) await sleep(restMs);
        if (this.#closed) return;
        this.#readAgain = false;
        this.#readAtMs = performance.now();
        full = await this.#readBatch();
        if (this.#closed) return;
        if (full || this.#readAgain) continue;
        const unsettled = await hasUnsettled(this.#deps.db);
        // A notification may have come in while we asked.
        if (this.#readAgain) continue;
        if (!unsettled || unsettledMs > POLL_MS) break;
        await this.#sleep(unsettledMs);
        unsettledMs *= 2;
      }
      if (this.#failing) this.#deps.log.info('live events are read again');
      this.#failing = false;
    } catch (error) {
      if (!this.#failing && !this.#closed) this.#deps.log.error({ err: error }, 'live events cannot be read');
      this.#failing = true;
    }
    this.#schedule(POLL_MS);
  }

  /** Ends early at the next notification: most likely the one of the transaction that was waited for. */
  #sleep(sleepMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, sleepMs);
      this.#endSleep = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #readBatch(): Promise<boolean> {
    const from = this.#cursor!;
    const { events, next, full } = await readSettled(this.#deps.db, from, { limit: BATCH, topics: null });
    const news = events.map(forTheLine);
    // At twice the size, so that it is not moved with every batch.
    if (this.#recent.length + news.length > 2 * RECENT) this.#recent = this.#recent.slice(-RECENT);
    this.#recent.push(...news);
    if (isBehind(from, next)) this.#cursor = next;
    const byTopic = Map.groupBy(news, ({ event }) => event.topic);
    for (const subscriber of this.#subscribers) handOut(subscriber, byTopic);
    return full;
  }
}

const forTheLine = (read: ReadEvent): HubEvent => ({ ...read, json: JSON.stringify(read.event) });

/** What a batch has for the topics of a subscriber, in order. */
function handOut(subscriber: Subscriber, byTopic: ReadonlyMap<string, readonly HubEvent[]>): void {
  const lists = [...byTopic].filter(([topic]) => subscriber.topics.has(topic)).map(([, events]) => events);
  if (lists.length === 0) return;
  const wanted =
    lists.length === 1 ? lists[0]! : lists.flat().sort((a, b) => (isBehind(a.cursor, b.cursor) ? -1 : 1));
  if (subscriber.queue.length + wanted.length > QUEUE_LIMIT) {
    subscriber.queue = [];
    subscriber.overflowed = true;
  }
  subscriber.queue.push(...wanted);
  subscriber.wake?.();
}

async function waitForEvents(
  subscriber: Subscriber,
  waitMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (subscriber.queue.length > 0 || signal?.aborted) return;
  await new Promise<void>((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      subscriber.wake = null;
      resolve();
    };
    const timer = setTimeout(finish, waitMs);
    signal?.addEventListener('abort', finish, { once: true });
    subscriber.wake = finish;
  });
}
