import { expect, test } from 'vitest';
import { webhookSecret, webhookSignature } from './webhook-signature.ts';

const AT = new Date('2026-11-22T08:00:00.900Z');

test('the signature is what openssl makes of the documented text', () => {
  // printf '1795334400.{"a":1}' | openssl dgst -sha256 -hmac whsec_test
  expect(webhookSignature('whsec_test', AT, '{"a":1}')).toBe(
    't=1795334400,v1=3e9be57648a6140f68b344f2bead9027a8e223a0e16ff264c5f312877980cf25',
  );
});

test('another body, time or secret has another signature', () => {
  const signed = [
    webhookSignature('whsec_test', AT, 'a'),
    webhookSignature('whsec_test', AT, 'b'),
    webhookSignature('whsec_test', new Date(AT.getTime() + 1000), 'a'),
    webhookSignature('whsec_tests', AT, 'a'),
  ];
  expect(new Set(signed).size).toBe(signed.length);
});

test('every webhook of every installation has a secret of its own, the same each time', () => {
  const one = webhookSecret('s'.repeat(32), 'a');
  expect(one).toMatch(/^whsec_[\w-]{43}$/);
  expect(webhookSecret('s'.repeat(32), 'a')).toBe(one);
  expect(webhookSecret('s'.repeat(32), 'b')).not.toBe(one);
  expect(webhookSecret('t'.repeat(32), 'a')).not.toBe(one);
});
