import type { TRPCClient } from '@trpc/client';
import { setServerTime } from '#src/components/clock.ts';
import type { AppRouter } from '#src/server/api/root.ts';
import type { LiveEvent, Topic } from '#src/shared/contracts/live-events.ts';

/** `since`: when it became so, browser clock, ms. */
export interface LiveState {
  status: 'connecting' | 'live' | 'reconnecting';
  since: number;
}

export type LiveHandler = (event: LiveEvent) => void;

/** What tabs tell each other. One tab, the leader, holds the connection; the others say what they want to hear. */
type TabMessage =
  | { type: 'who' }
  | { type: 'want'; tabId: string; topics: Topic[] }
  | { type: 'bye'; tabId: string }
  | { type: 'events'; events: LiveEvent[] }
  | { type: 'gap' }
  | { type: 'state'; state: LiveState };

const MAX_TOPICS = 100;
/** New topics of one moment (a page that opens) make one new connection; a page that still loads its ids gets a little longer. */
const GATHER_MS = 60;
const GATHER_FIRST_MS = 500;
const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 8_000;
/** The server speaks every 10 s at least; after this the line is dead, whatever the socket thinks. */
const SILENCE_MS = 25_000;
/** Tabs that vanished without a word (crash, discarded) are found by the lock they held. */
const TAB_CHECK_MS = 20_000;

const tabLock = (name: string, tabId: string) => `${name}:tab:${tabId}`;

/**
 * Live events of one browser over one connection. HTTP/1.1 allows six connections per host and browser, so tabs share:
 * whoever holds the Web Lock leads, holds the subscription to the union of all topics, and passes events on by
 * BroadcastChannel. When the leader's tab closes its lock is free and another tab takes over behind the last event it saw.
 */
export class LiveClient {
  readonly #api: TRPCClient<AppRouter>;
  readonly #name: string;
  readonly #onRefused: () => void;
  readonly #tabId = crypto.randomUUID();
  readonly #channel: BroadcastChannel;
  readonly #ended = new AbortController();
  readonly #handlers = new Map<Topic, Set<LiveHandler>>();
  readonly #gapHandlers = new Set<() => void>();
  readonly #stateHandlers = new Set<() => void>();
  readonly #wantedByTab = new Map<string, readonly Topic[]>();
  #state: LiveState = { status: 'connecting', since: Date.now() };
  #leading = false;
  #subscribed = new Set<Topic>();
  #subscription: { unsubscribe(): void } | null = null;
  #lastEventId: string | null = null;
  #retryMs = RETRY_FIRST_MS;
  #gatherTimer: ReturnType<typeof setTimeout> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;

  /** `owner` keeps people apart who use one browser one after the other; `onRefused` is called when the server ends or refuses the stream. */
  constructor(api: TRPCClient<AppRouter>, owner: string, onRefused: () => void) {
    this.#api = api;
    this.#onRefused = onRefused;
    this.#name = `beamdeck-live:${owner}`;
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = (message: MessageEvent<TabMessage>) => this.#onTab(message.data);
    const { signal } = this.#ended;
    window.addEventListener('pagehide', () => this.#post({ type: 'bye', tabId: this.#tabId }), { signal });
    // Back from the browser's page cache: nobody knows of this tab any more, and much may have happened.
    window.addEventListener('pageshow', (event) => event.persisted && this.#comeBack(), { signal });
    window.addEventListener('online', () => this.#reconnectNow(), { signal });
    // Sooner than the silence tells. A word that comes all the same (a server on this machine) makes it live again.
    window.addEventListener('offline', () => this.#leading && this.#setState('reconnecting'), { signal });
    this.#hold(tabLock(this.#name, this.#tabId), () => undefined);
    this.#hold(this.#name, () => this.#lead());
    // Wanting nothing yet, but the leader's answer tells how the connection is.
    this.#sayWants();
  }

  get state(): LiveState {
    return this.#state;
  }

  onState(notify: () => void): () => void {
    this.#stateHandlers.add(notify);
    return () => this.#stateHandlers.delete(notify);
  }

  /** Called when events were missed: everything shown must be asked for again. */
  onGap(notify: () => void): () => void {
    this.#gapHandlers.add(notify);
    return () => this.#gapHandlers.delete(notify);
  }

  listen(topics: readonly Topic[], handler: LiveHandler): () => void {
    for (const topic of topics) {
      const handlers = this.#handlers.get(topic) ?? new Set();
      handlers.add(handler);
      this.#handlers.set(topic, handlers);
    }
    this.#sayWants();
    return () => {
      for (const topic of topics) {
        const handlers = this.#handlers.get(topic);
        handlers?.delete(handler);
        if (handlers?.size === 0) this.#handlers.delete(topic);
      }
      this.#sayWants();
    };
  }

  close(): void {
    this.#post({ type: 'bye', tabId: this.#tabId });
    this.#ended.abort();
    this.#subscription?.unsubscribe();
    for (const timer of [this.#gatherTimer, this.#retryTimer, this.#silenceTimer]) clearTimeout(timer);
    this.#channel.close();
  }

  /** Holds a lock until this client is closed, or the tab is gone. */
  #hold(name: string, granted: () => void): void {
    const { signal } = this.#ended;
    const held = async () => {
      // A lock may be granted in the moment the client is closed; then there is no abort left to wait for.
      if (signal.aborted) return;
      granted();
      await new Promise<void>((release) => signal.addEventListener('abort', () => release(), { once: true }));
    };
    navigator.locks.request(name, { signal }, held).catch((error: unknown) => {
      // Closed while still waiting for the lock: as wanted. Anything else would leave this tab without events, so it leads for itself.
      if (!signal.aborted) {
        granted();
        throw error;
      }
    });
  }

  #lead(): void {
    this.#leading = true;
    this.#setState('connecting');
    this.#post({ type: 'who' });
    this.#sayWants();
    const check = setInterval(() => void this.#forgetDeadTabs(), TAB_CHECK_MS);
    this.#ended.signal.addEventListener('abort', () => clearInterval(check), { once: true });
  }

  #comeBack(): void {
    this.#sayWants();
    for (const notify of this.#gapHandlers) notify();
  }

  #post(message: TabMessage): void {
    if (!this.#ended.signal.aborted) this.#channel.postMessage(message);
  }

  #onTab(message: TabMessage): void {
    switch (message.type) {
      case 'events':
        this.#lastEventId = message.events.at(-1)!.id;
        this.#deliver(message.events);
        return;
      case 'gap':
        for (const notify of this.#gapHandlers) notify();
        return;
      case 'state':
        this.#takeState(message.state);
        return;
      case 'who':
        this.#sayWants();
        return;
      case 'want':
        if (!this.#leading) return;
        this.#wantedByTab.set(message.tabId, message.topics);
        this.#post({ type: 'state', state: this.#state });
        this.#gather();
        return;
      case 'bye':
        this.#wantedByTab.delete(message.tabId);
    }
  }

  #sayWants(): void {
    if (this.#ended.signal.aborted) return;
    const topics = [...this.#handlers.keys()];
    if (this.#leading) {
      this.#wantedByTab.set(this.#tabId, topics);
      this.#gather();
    } else {
      this.#post({ type: 'want', tabId: this.#tabId, topics });
    }
  }

  #gather(): void {
    clearTimeout(this.#gatherTimer);
    const nothingYet =
      !this.#subscription && [...this.#wantedByTab.values()].every((topics) => topics.length === 0);
    this.#gatherTimer = setTimeout(
      () => {
        const wanted = new Set([...this.#wantedByTab.values()].flat());
        // Topics nobody wants any more stay until something new is wanted: a connection costs more than unread events.
        if (this.#subscription && [...wanted].every((topic) => this.#subscribed.has(topic))) return;
        this.#connect(new Set([...wanted].slice(-MAX_TOPICS)));
      },
      nothingYet ? GATHER_FIRST_MS : GATHER_MS,
    );
  }

  async #forgetDeadTabs(): Promise<void> {
    const { held = [] } = await navigator.locks.query();
    const alive = new Set(held.map((lock) => lock.name));
    for (const tabId of this.#wantedByTab.keys()) {
      if (!alive.has(tabLock(this.#name, tabId))) this.#wantedByTab.delete(tabId);
    }
  }

  #connect(topics: Set<Topic>): void {
    clearTimeout(this.#retryTimer);
    const former = this.#subscription;
    // First, so that the end of the former is not taken for a fault.
    this.#subscription = null;
    former?.unsubscribe();
    this.#subscribed = topics;
    const mine = this.#api.live.events.subscribe(
      { topics: [...topics], lastEventId: this.#lastEventId },
      {
        onData: (item) => this.#onItem(item),
        onConnectionStateChange: (change) => {
          if (change.state === 'connecting' && change.error) this.#setState('reconnecting');
        },
        onError: () => this.#retry(mine),
        onComplete: () => this.#retry(mine),
      },
    );
    this.#subscription = mine;
    this.#expectWord();
  }

  #retry(failed: { unsubscribe(): void }): void {
    if (failed !== this.#subscription || this.#ended.signal.aborted) return;
    this.#setState('reconnecting');
    this.#onRefused();
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(
      () => this.#connect(this.#subscribed),
      this.#retryMs * (0.75 + Math.random() / 2),
    );
    this.#retryMs = Math.min(RETRY_MOST_MS, this.#retryMs * 2);
  }

  #reconnectNow(): void {
    if (this.#leading && this.#state.status === 'reconnecting') this.#connect(this.#subscribed);
  }

  /** A connection can be dead without anybody having said so: a laptop that slept, a proxy that forgot. */
  #expectWord(): void {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => {
      this.#setState('reconnecting');
      this.#connect(this.#subscribed);
    }, SILENCE_MS);
  }

  #onItem({ id, data }: LiveItem): void {
    this.#lastEventId = id;
    this.#retryMs = RETRY_FIRST_MS;
    this.#expectWord();
    this.#setState('live');
    if (data.type === 'events') {
      const events: LiveEvent[] = JSON.parse(data.json);
      this.#deliver(events);
      this.#post({ type: 'events', events });
      return;
    }
    if (data.type === 'revoked') return;
    setServerTime(Date.parse(data.now));
    if (data.type !== 'gap') return;
    for (const notify of this.#gapHandlers) notify();
    this.#post({ type: 'gap' });
  }

  #deliver(events: readonly LiveEvent[]): void {
    for (const event of events)
      for (const handler of [...(this.#handlers.get(event.topic as Topic) ?? [])]) handler(event);
  }

  #setState(status: LiveState['status']): void {
    if (status === this.#state.status) return;
    this.#takeState({ status, since: Date.now() });
    this.#post({ type: 'state', state: this.#state });
  }

  #takeState(state: LiveState): void {
    this.#state = state;
    for (const notify of this.#stateHandlers) notify();
  }
}

type LiveItem = Parameters<
  NonNullable<Parameters<TRPCClient<AppRouter>['live']['events']['subscribe']>[1]['onData']>
>[0];
