import { expect, it } from 'vitest';
import { type Answer, partFailure, ServerRefused, ServerUnreachable } from './http-transport.ts';

const answer = (status: number, body: string): Answer => ({ status, headers: {}, body: Buffer.from(body) });
const xml = (code: string) => `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`;

it.each([
  [422, '{"code":"CHECKSUM_MISMATCH","message":"x"}', ServerRefused, 'CHECKSUM_MISMATCH'],
  [400, xml('BadDigest'), ServerRefused, 'CHECKSUM_MISMATCH'],
  [404, xml('NoSuchUpload'), ServerRefused, 'NOT_FOUND'],
  [403, xml('AccessDenied'), ServerRefused, 'AccessDenied'],
  [403, '<html>a proxy</html>', ServerRefused, 'UNKNOWN'],
])('a part refused with %i %s', (status, body, kind, code) => {
  const failure = partFailure(answer(status, body));
  expect(failure).toBeInstanceOf(kind);
  expect(failure).toMatchObject({ code });
});

it.each([
  [507, '{"code":"STORE_FULL","message":"x"}', 'STORE_FULL'],
  [403, xml('QuotaExceeded'), 'STORE_FULL'],
  [503, xml('SlowDown'), 'SlowDown'],
])('a part to be sent later: %i %s', (status, body, word) => {
  const failure = partFailure(answer(status, body));
  expect(failure).toBeInstanceOf(ServerUnreachable);
  expect(failure.message).toContain(word);
});
