import superjson from 'superjson';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { staticBytes, webFiles } from './web-bytes.ts';

interface Answer {
  status: number;
  body?: Uint8Array;
  etag?: string;
}
const asked: { url: string; range: string | null }[] = [];
let answer: (url: string, range: string | null) => Answer | null;

/** What of a browser's request is used, answered by the test; null: nobody is there. */
class ToldRequest {
  status = 0;
  response = new ArrayBuffer(0);
  responseType = '';
  private url = '';
  private range: string | null = null;
  private etag: string | null = null;
  open(_method: string, url: string, isAsync: boolean) {
    expect(isAsync).toBe(false);
    this.url = url;
  }
  setRequestHeader(name: string, value: string) {
    if (name === 'range') this.range = value;
  }
  getResponseHeader(name: string) {
    return name === 'etag' ? this.etag : null;
  }
  send() {
    asked.push({ url: this.url, range: this.range });
    const told = answer(this.url, this.range);
    if (!told) throw new Error('network');
    this.status = told.status;
    this.etag = told.etag ?? null;
    this.response = new Uint8Array(told.body ?? []).buffer;
  }
}

const addressed = (value: unknown): Answer => ({
  status: 200,
  body: new TextEncoder().encode(JSON.stringify({ result: { data: superjson.serialize(value) } })),
});
const isQuestion = (url: string) => url.startsWith('http://web.example/api/trpc/files.viewAt?');
const find = webFiles('http://web.example', 'experiment');

beforeEach(() => {
  asked.length = 0;
  vi.stubGlobal('XMLHttpRequest', ToldRequest);
});
afterEach(() => vi.unstubAllGlobals());

describe('a file of the store in a worker', () => {
  it('is asked for by its path, and read by ranges', () => {
    answer = (url) =>
      isQuestion(url)
        ? addressed({ sizeBytes: 100, url: 'http://data.example/a', expiresAt: new Date(0) })
        : { status: 206, body: new Uint8Array([1, 2, 3]), etag: '"1"' };
    const file = find('raw/lyso/a.h5')!;
    expect(file.sizeBytes).toBe(100);
    expect([...file.fetch(10, 3)]).toEqual([1, 2, 3]);
    expect(asked[1]).toEqual({ url: 'http://data.example/a', range: 'bytes=10-12' });
    const input = new URL(asked[0]!.url).searchParams.get('input')!;
    expect(superjson.parse(input)).toEqual({ experimentId: 'experiment', path: 'raw/lyso/a.h5' });
  });

  it('is none where the experiment has none', () => {
    answer = () => addressed(null);
    expect(find('raw/lyso/b.h5')).toBeNull();
  });

  it('gets a new address when the time of the former is over', () => {
    let at = 'old';
    answer = (url) => {
      if (isQuestion(url)) return addressed({ sizeBytes: 100, url: `http://data.example/${at}` });
      return url.endsWith('new') ? { status: 206, body: new Uint8Array([7]), etag: '"1"' } : { status: 403 };
    };
    const file = find('a.h5')!;
    at = 'new';
    expect([...file.fetch(0, 1)]).toEqual([7]);
    expect(asked.map(({ url }) => (isQuestion(url) ? 'question' : url.slice(-3)))).toEqual([
      ...['question', 'old', 'question', 'new'],
    ]);
  });

  it('is not read on when it was replaced meanwhile', () => {
    let etag = '"1"';
    answer = (url) =>
      isQuestion(url)
        ? addressed({ sizeBytes: 100, url: 'http://data.example/a' })
        : { status: 206, body: new Uint8Array([1]), etag };
    const file = find('a.h5')!;
    file.fetch(0, 1);
    etag = '"2"';
    expect(() => file.fetch(1, 1)).toThrow('The file has been replaced or moved since it was opened.');
  });

  it.each([
    [401, 'Your session has ended'],
    [404, 'not yours to see'],
    [503, 'The server answered 503'],
    [null, 'The server does not answer'],
  ])('says what is wrong where the web app answers %s', (status, words) => {
    answer = () => (status === null ? null : { status });
    expect(() => find('a.h5')).toThrow(words);
  });

  it.each([
    [404, 'replaced or moved'],
    [416, 'replaced or moved'],
    [200, 'The data server answered 200'],
    [500, 'The data server answered 500'],
  ])('says what is wrong where the store answers %s', (status, words) => {
    answer = (url) =>
      isQuestion(url) ? addressed({ sizeBytes: 9, url: 'http://data.example/a' }) : { status };
    expect(() => find('a.h5')!.fetch(0, 1)).toThrow(words);
  });
});

describe('a plugin', () => {
  it('is its bytes, or none where it is not served', () => {
    answer = () => ({ status: 200, body: new Uint8Array([9]) });
    expect([...staticBytes('http://web.example/plugin.so')!]).toEqual([9]);
    answer = () => ({ status: 404 });
    expect(staticBytes('http://web.example/plugin.so')).toBeNull();
    answer = () => ({ status: 500 });
    expect(() => staticBytes('http://web.example/plugin.so')).toThrow(/500/);
  });
});
