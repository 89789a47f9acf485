import type { Browser, BrowserContext } from '@playwright/test';
import type { Installation, Who } from './installation.ts';

/** Browsers in which people sit signed in; kept from picture to picture, since loading everything anew takes longest. */
export class Seats {
  readonly #browser: Browser;
  readonly #installation: Installation;
  readonly #kept = new Map<string, Promise<BrowserContext>>();

  constructor(browser: Browser, installation: Installation) {
    this.#browser = browser;
    this.#installation = installation;
  }

  /** One that is used again afterwards. */
  shared(who: Who | 'nobody'): Promise<BrowserContext> {
    const known = this.#kept.get(who) ?? this.apart(who);
    this.#kept.set(who, known);
    return known;
  }

  /** One that may be spoiled (signed out, cut off); close it. */
  async apart(who: Who | 'nobody'): Promise<BrowserContext> {
    return await this.#browser.newContext({
      ...{ baseURL: this.#installation.web, locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce' },
      storageState: await this.#installation.signedIn(this.#browser, who),
    });
  }
}
