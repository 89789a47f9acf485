import type { Page } from '@playwright/test';
import type { Who } from './installation.ts';
import type { Places } from './places.ts';

/** One picture to take: who looks at what, and what they did before. */
export interface Shot {
  /** Name of the picture: the page, then its state. */
  name: string;
  /** The page of src/app that is seen: the folder of its page.tsx, `` for the first one. */
  page: string;
  who: Who | 'nobody';
  path: string | ((places: Places) => string);
  /** What is done on the page before it is pictured. */
  first?: (page: Page) => Promise<void>;
  /** What is brought about elsewhere before the page is opened; called again with what it answered when the pictures are taken. */
  meanwhile?: (places: Places) => Promise<() => Promise<void>>;
  /** What of the browser is gone afterwards, so that it is not used again. */
  spoils?: 'connection' | 'session';
}

/** Presses a button, a tab or a link by its name. */
export const press =
  (role: 'button' | 'tab' | 'link', name: string | RegExp) =>
  async (page: Page): Promise<void> => {
    const exact = typeof name === 'string';
    await page.getByRole(role, { name, exact }).first().click();
  };
