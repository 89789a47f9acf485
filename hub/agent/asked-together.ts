import { setTimeout as sleep } from 'node:timers/promises';
import { ServerRefused } from './server-client.ts';

interface Waiting<Item, Answer> {
  item: Item;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

/** So many things in one question are a flood. */
const FLOOD = 4;
/**
 * In a flood the next question begins so many times later than the last one took, so that it makes few questions, and fewer while the
 * server is busy. What comes alone never waits.
 */
const SPACING_FACTOR = 3;
const MOST_SPACING_MS = 300;

/** Asks the server for many things in one request: what comes up while an answer is awaited goes with the next question. */
export class AskedTogether<Item, Answer> {
  private readonly ask: (items: Item[]) => Promise<(Answer | Error)[]>;
  private readonly most: number;
  private readonly spacingFactor: number;
  private waiting: Waiting<Item, Answer>[] = [];
  private isAsking = false;
  private askAgainMs = Number.NEGATIVE_INFINITY;

  /**
   * @param ask answers for each, in order; what it throws concerns all of them
   * @param spacingFactor 0: a flood does not wait either
   */
  constructor(
    ask: (items: Item[]) => Promise<(Answer | Error)[]>,
    most: number,
    spacingFactor = SPACING_FACTOR,
  ) {
    this.ask = ask;
    this.most = most;
    this.spacingFactor = spacingFactor;
  }

  for(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (!this.isAsking) void this.askAll();
    });
  }

  private async askAll(): Promise<void> {
    this.isAsking = true;
    while (this.waiting.length > 0) {
      const waitMs = this.askAgainMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      const askedMs = performance.now();
      const batch = this.waiting.splice(0, this.most);
      try {
        await this.settle(batch);
      } catch (error) {
        // One bad item must not hold up the others: a refused batch is asked again one by one.
        if (error instanceof ServerRefused && batch.length > 1) {
          for (const single of batch) await this.settle([single]).catch(single.reject);
        } else for (const { reject } of batch) reject(error);
      }
      const tookMs = performance.now() - askedMs;
      const spacingMs = batch.length >= FLOOD ? this.spacingFactor * tookMs : 0;
      this.askAgainMs = askedMs + Math.min(MOST_SPACING_MS, spacingMs);
    }
    this.isAsking = false;
  }

  private async settle(batch: Waiting<Item, Answer>[]): Promise<void> {
    const answers = await this.ask(batch.map(({ item }) => item));
    for (const [index, { resolve, reject }] of batch.entries()) {
      const answer = answers[index]!;
      if (answer instanceof Error) reject(answer);
      else resolve(answer);
    }
  }
}
