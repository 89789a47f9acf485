import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from '@playwright/test';
import { bundled } from './viewer-installation.ts';
import type { PartsFigures, PartsOrder } from './viewer-parts-page.ts';

/** Decoding, upload and drawing of one frame, each alone, in a page of the same browser. */
export async function measureParts(
  browser: Browser,
  chunk: Uint8Array,
  order: PartsOrder,
): Promise<PartsFigures> {
  const script = 'text/javascript';
  const answers: Record<string, { type: string; body: Uint8Array | string }> = {
    '/': { type: 'text/html', body: '<!doctype html><body><script type="module" src="/page.js"></script>' },
    '/page.js': { type: script, body: await bundled('viewer-parts-page.ts') },
    '/worker.js': { type: script, body: await bundled('decode-worker.ts') },
    '/chunk': { type: 'application/octet-stream', body: chunk },
  };
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    if (answer) response.writeHead(200, { 'content-type': answer.type }).end(answer.body);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction('typeof measureParts === "function"');
    return (await page.evaluate(`measureParts(${JSON.stringify(order)})`)) as PartsFigures;
  } finally {
    await context.close();
    server.close();
  }
}
