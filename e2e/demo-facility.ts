import { readFileSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';
import { sessionCookies } from '#scripts/lib/facility-api.ts';

/** The facility the journeys run in: a real `up` with its simulated beamline, started for them. */
export interface DemoAccount {
  email: string;
  password: string;
  role: string;
  name: string;
}
export interface Demo {
  web: string;
  data: string;
  hub: { replay: string; config: string };
  accounts: DemoAccount[];
  instrument: { id: string; slug: string; name: string };
  experiment: { id: string; code: string; title: string };
}

export const demoFile = process.env.BEAMDECK_JOURNEY_DEMO_FILE ?? '.data/demo.json';
export const demo = JSON.parse(readFileSync(demoFile, 'utf8')) as Demo;

export type Who = 'admin' | 'staff' | 'scientist' | 'manager' | 'member' | 'viewer' | 'outsider';

export function account(who: Who): DemoAccount {
  const found = demo.accounts.find((known) => known.email.startsWith(`${who}@`));
  if (!found) throw new Error(`the demo facility has no account ${who}`);
  return found;
}

/** By the form, as people do. */
export async function signInByForm(page: Page, who: Who, path = '/'): Promise<void> {
  const { email, password } = account(who);
  await page.goto(path);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL((url) => url.pathname !== '/sign-in');
}

const sessions = new Map<Who, Promise<string>>();

/** A session of the account that the journeys share, as a cookie: each sign-in hashes a password. */
export function sharedSession(who: Who): Promise<string> {
  const known = sessions.get(who);
  if (known) return known;
  const made = sessionCookies({ web: demo.web, ...account(who) });
  sessions.set(who, made);
  made.catch(() => sessions.delete(who));
  return made;
}

/** For journeys that end the sessions of an account: who comes next signs in anew. */
export const forgetSession = (who: Who): void => void sessions.delete(who);

/** In the page's browser, without the form: for journeys that are about something else. */
export async function signIn(page: Page, who: Who, path = '/'): Promise<void> {
  const session = await sharedSession(who);
  await page.context().addCookies(
    session.split('; ').map((pair) => {
      const [name, ...value] = pair.split('=');
      return { name: name!, value: value.join('='), url: demo.web };
    }),
  );
  await page.goto(path);
}

/** WCAG A and AA as axe checks them, on the page as it stands. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    // All of it in the page: otherwise each check opens a tab of its own, for frames of other sites, which we have not.
    .setLegacyMode()
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
    .analyze();
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)).toEqual([]);
}

/** Fails a journey on anything the browser complains of: script errors, refused content, dropped requests. */
export const test = base.extend<{ noComplaints: undefined }>({
  noComplaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
      page.on('console', (line) => {
        if (
          line.type() === 'error' &&
          /Content Security Policy|Refused to|Hydration|Uncaught/i.test(line.text())
        )
          complaints.push(`console: ${line.text()}`);
      });
      await use(undefined);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});
export { expect };
