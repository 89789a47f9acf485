import { defineConfig } from '@playwright/test';
import { CHROMIUM_FLAGS } from './scripts/ensure-browser.ts';

/** Journeys run against the `up` that `npm run e2e` starts; it hands over its address and its demo accounts by these variables. */
const { BEAMDECK_JOURNEY_WEB, BEAMDECK_JOURNEY_CHROMIUM } = process.env;

export default defineConfig({
  testDir: './e2e',
  // One facility, one stream, two cores: journeys that change something must not meet each other.
  workers: 1,
  fullyParallel: false,
  // A shared machine may stall a browser for longer than any limit; what needed a second try is named at the end.
  retries: process.env.CI ? 1 : 0,
  forbidOnly: true,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json']],
  use: {
    baseURL: BEAMDECK_JOURNEY_WEB,
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    timezoneId: 'UTC',
    screenshot: 'only-on-failure',
    // It costs each journey a part of its time: in CI the second try alone is recorded.
    trace: process.env.CI ? 'on-first-retry' : 'retain-on-failure',
    launchOptions: {
      executablePath: BEAMDECK_JOURNEY_CHROMIUM || undefined,
      args: CHROMIUM_FLAGS,
    },
  },
});
