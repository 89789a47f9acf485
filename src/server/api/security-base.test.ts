import { describe, expect, it } from 'vitest';
import { AppError } from '#src/shared/errors/app-error.ts';
import { withLimitedBody } from './body-limit.ts';
import { contentPolicy } from './content-policy.ts';
import { assertOwnOrigin } from './origin-check.ts';
import { REPORT_POLICY } from './report-policy.ts';
import { requestIdOf } from './request-facts.ts';

const WEB = 'https://beamdeck.example.org';
const code = (error: unknown) => (error instanceof AppError ? error.code : error);

describe('content policy', () => {
  const policy = (over: Partial<Parameters<typeof contentPolicy>[0]> = {}) =>
    contentPolicy({
      nonce: 'N0nce',
      webUrl: WEB,
      dataUrl: 'https://data.example.org',
      storeUrl: null,
      development: false,
      ...over,
    });
  const rule = (text: string, name: string) => text.split('; ').find((part) => part.startsWith(`${name} `));

  it('lets bytes come from the store where browsers read it themselves', () => {
    const store = 'https://s3.example.org';
    for (const name of ['connect-src', 'img-src']) {
      expect(rule(policy(), name)).not.toContain(store);
      expect(rule(policy({ storeUrl: store }), name)).toContain(`https://data.example.org ${store}`);
    }
  });

  it('lets scripts run by nonce only', () => {
    const script = rule(policy(), 'script-src')!;
    expect(script).toContain("'nonce-N0nce'");
    expect(script).toContain("'strict-dynamic'");
    expect(script).not.toMatch(/unsafe/);
    expect(rule(policy(), 'style-src')).not.toMatch(/unsafe/);
  });

  it('allows bytes from the data server, and no framing, plugins or foreign base', () => {
    expect(rule(policy(), 'connect-src')).toBe("connect-src 'self' https://data.example.org");
    for (const name of ['frame-ancestors', 'object-src', 'base-uri']) {
      expect(rule(policy(), name)).toBe(`${name} 'none'`);
    }
    // Results of jobs, which are answered with a policy that confines them.
    expect(rule(policy({ webUrl: 'https://beam.example.org' }), 'frame-src')).toBe(
      'frame-src https://beam.example.org/api/jobs/ https://beam.example.org/api/files/',
    );
    expect(REPORT_POLICY).toMatch(/^sandbox allow-scripts; default-src 'none'; /);
    expect(REPORT_POLICY).not.toMatch(/allow-same-origin|connect-src|https?:/);
    expect(policy()).toContain('upgrade-insecure-requests');
    expect(policy({ webUrl: 'http://127.0.0.1:3000' })).not.toContain('upgrade-insecure-requests');
  });

  it('gives eval to the development server alone', () => {
    expect(policy({ development: true })).toContain("'unsafe-eval'");
  });
});

describe('origin check', () => {
  const check = (method: string, headers: Record<string, string>) => {
    try {
      assertOwnOrigin({ method, headers: new Headers(headers) }, WEB);
      return 'passes';
    } catch (error) {
      return code(error);
    }
  };
  it.each([
    ['POST', { origin: WEB, 'sec-fetch-site': 'same-origin' }, 'passes'],
    ['POST', { 'sec-fetch-site': 'none' }, 'passes'],
    ['POST', {}, 'passes'],
    ['GET', { 'sec-fetch-site': 'cross-site' }, 'passes'],
    ['POST', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, 'WRONG_ORIGIN'],
    ['POST', { origin: 'https://other.example.org', 'sec-fetch-site': 'same-site' }, 'WRONG_ORIGIN'],
    ['POST', { origin: 'https://evil.example' }, 'WRONG_ORIGIN'],
    ['POST', { origin: 'null' }, 'WRONG_ORIGIN'],
    ['POST', { origin: 'http://beamdeck.example.org', 'sec-fetch-site': 'same-origin' }, 'WRONG_ORIGIN'],
    ['DELETE', { 'sec-fetch-site': 'cross-site' }, 'WRONG_ORIGIN'],
  ])('%s %j: %s', (method, headers, outcome) => {
    expect(check(method, headers as Record<string, string>)).toBe(outcome);
  });
});

describe('body limit', () => {
  const request = (body: BodyInit, headers: Record<string, string> = {}) =>
    new Request('http://x/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
  const endless = (pieces: number) =>
    new ReadableStream({
      pull(controller) {
        if (pieces-- <= 0) controller.close();
        else controller.enqueue(new Uint8Array(1000));
      },
    });

  it('passes what fits, byte for byte', async () => {
    const passed = await withLimitedBody(request('{"a":1}', { 'content-type': 'application/json' }), 10);
    expect(await passed.text()).toBe('{"a":1}');
    expect(passed.headers.get('content-type')).toBe('application/json');
  });

  it('stops at the limit, whatever was announced', async () => {
    await expect(withLimitedBody(request(endless(100)), 5000)).rejects.toMatchObject({ code: 'TOO_LARGE' });
    await expect(withLimitedBody(request('x', { 'content-length': '99999' }), 5000)).rejects.toMatchObject({
      code: 'TOO_LARGE',
    });
    expect((await (await withLimitedBody(request(endless(5)), 5000)).arrayBuffer()).byteLength).toBe(5000);
  });
});

describe('request facts', () => {
  it('takes a sane request id and makes one otherwise', () => {
    expect(requestIdOf(new Headers({ 'x-request-id': 'proxy-12345678' }))).toBe('proxy-12345678');
    for (const bad of ['x', 'a'.repeat(65), 'has space 123', '<script>alert(1)']) {
      expect(requestIdOf(new Headers({ 'x-request-id': bad }))).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
});
