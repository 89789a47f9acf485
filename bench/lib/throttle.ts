import type { Page } from '@playwright/test';

export interface Throttle {
  bytesPerS: number;
  roundTripMs: number;
}

/** What came faster than this times the link was not throttled. */
const TOLERANCE = 1.3;
const LEAST_BYTES = 500_000;

/** Makes the link of a page and its workers slow, by the browser. `check` throws when frames came faster than it allows. */
export async function throttleBrowser(
  page: Page,
  { bytesPerS, roundTripMs }: Throttle,
): Promise<{ check(): void }> {
  const session = await page.context().newCDPSession(page);
  const conditions = {
    ...{ offline: false, latency: roundTripMs, downloadThroughput: bytesPerS, uploadThroughput: bytesPerS },
  };
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', conditions);
  let looked = 0;
  let fastest = 0;
  page.on('requestfinished', async (request) => {
    if (!request.headers().range) return;
    const { responseBodySize } = await request.sizes();
    const { requestStart, responseEnd } = request.timing();
    if (responseBodySize < LEAST_BYTES) return;
    looked++;
    fastest = Math.max(fastest, (responseBodySize * 1000) / (responseEnd - requestStart));
  });
  return {
    check() {
      if (looked === 0) throw new Error('no frame was seen to come');
      if (fastest > bytesPerS * TOLERANCE)
        throw new Error(`a frame came at ${Math.round(fastest / 1000)} kB/s over ${bytesPerS / 1000} kB/s`);
    },
  };
}
