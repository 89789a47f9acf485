import { ClientError } from 'openid-client';
import { expect, it } from 'vitest';
import { faultOf, OidcFault } from './oidc-fault.ts';

const coded = (code: string) => Object.assign(new ClientError('x'), { code });

it('tells clocks that disagree, answers that cannot be trusted, and a provider that is away', () => {
  expect(faultOf(coded('OAUTH_JWT_TIMESTAMP_CHECK_FAILED')).reason).toBe('clock');
  expect(faultOf(coded('OAUTH_JWT_CLAIM_COMPARISON_FAILED')).reason).toBe('unsound');
  expect(faultOf(coded('OAUTH_INVALID_RESPONSE')).reason).toBe('unsound');
  expect(faultOf(coded('OAUTH_TIMEOUT')).reason).toBe('unreachable');
  expect(faultOf(coded('OAUTH_RESPONSE_IS_NOT_JSON')).reason).toBe('unreachable');
  expect(faultOf(new TypeError('fetch failed')).reason).toBe('unreachable');
});

it('keeps a reason that is known already, and the cause for the log', () => {
  const cause = new Error('x');
  expect(faultOf(new OidcFault('not-begun', cause))).toMatchObject({ reason: 'not-begun', cause });
});
