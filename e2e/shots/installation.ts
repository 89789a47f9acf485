import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from '@playwright/test';
import { type FacilityApi, signedInApi } from '#scripts/lib/facility-api.ts';

/** A running demo, as `npm run up` wrote it down, and its people at the door. */

/** The newcomer administers a facility in which nothing was made yet; `emptyFacility` makes both. */
export type Who = 'admin' | 'staff' | 'scientist' | 'manager' | 'member' | 'viewer' | 'outsider' | 'newcomer';

interface DemoFacts {
  web: string;
  database: string;
  accounts: { email: string; password: string }[];
  instrument: { id: string; slug: string };
  experiment: { id: string; code: string };
}

export interface Installation extends DemoFacts {
  emailOf(who: Who): string;
  /** The interface as somebody has it. */
  api(who: Who): Promise<FacilityApi>;
  /** What a browser keeps that somebody has signed in with; undefined for nobody. */
  signedIn(browser: Browser, who: Who | 'nobody'): Promise<BrowserContextOptions['storageState']>;
}

/** Throws when nothing was started from that data folder yet. */
export function installationIn(dataDir: string): Installation {
  const demo = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as DemoFacts;
  const apis = new Map<Who, Promise<FacilityApi>>();
  const states = new Map<Who, Promise<BrowserContextOptions['storageState']>>();
  const accountOf = (who: Who): DemoFacts['accounts'][number] => {
    if (who === 'newcomer') {
      const { email, password } = accountOf('admin');
      return { email: email.replace(/^admin/, who), password };
    }
    const found = demo.accounts.find(({ email }) => email.startsWith(`${who}@`));
    if (!found) throw new Error(`the demo facility has no account ${who}`);
    return found;
  };

  async function atTheDoor(browser: Browser, who: Who) {
    const context = await browser.newContext({ baseURL: demo.web });
    const page = await context.newPage();
    const { email, password } = accountOf(who);
    await page.goto('/sign-in?to=/account');
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.waitForURL((url) => url.pathname !== '/sign-in');
    const state = await context.storageState();
    await context.close();
    return state;
  }

  return {
    ...demo,
    emailOf: (who) => accountOf(who).email,
    api(who) {
      const known = apis.get(who) ?? signedInApi({ web: demo.web, ...accountOf(who) });
      apis.set(who, known);
      return known;
    },
    async signedIn(browser, who) {
      if (who === 'nobody') return undefined;
      const known = states.get(who) ?? atTheDoor(browser, who);
      states.set(who, known);
      return await known;
    },
  };
}
