import { expect, it } from 'vitest';
import { ConfigError, loadConfig } from './config.ts';
import { oidcProviders, providerNames } from './oidc-variables.ts';

const SOUND = {
  DATABASE_URL: 'postgres://u:p@127.0.0.1:5432/beamdeck',
  BEAMDECK_STORE_DIR: '/srv/store',
  BEAMDECK_RUNS_DIR: '/srv/runs',
  BEAMDECK_SECRET: 'x'.repeat(32),
};
const ONE = {
  ...SOUND,
  BEAMDECK_OIDC_ISSUER: 'https://id.example.org/realms/facility',
  BEAMDECK_OIDC_CLIENT_ID: 'beamdeck',
  BEAMDECK_OIDC_CLIENT_SECRET: 'hunter2',
  BEAMDECK_OIDC_NAME: 'Facility ID',
};
function faultsOf(env: Record<string, string>): string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map((fault) => fault.split(' ')[0]!);
  }
}

it('has no provider unless one is set, and then names and secrets of it apart', () => {
  expect(oidcProviders(loadConfig(SOUND))).toEqual([]);
  const config = loadConfig(ONE);
  expect(oidcProviders(config)).toEqual([
    {
      slot: 'oidc',
      issuer: 'https://id.example.org/realms/facility',
      clientId: 'beamdeck',
      clientSecret: 'hunter2',
      name: 'Facility ID',
      scopes: 'openid email profile',
    },
  ]);
  expect(providerNames(config)).toEqual([{ slot: 'oidc', name: 'Facility ID' }]);
  expect(config.oidcSignUp).toBe(false);
});

it('takes a second one alone, and two of different issuers', () => {
  const second = {
    ...SOUND,
    BEAMDECK_OIDC2_ISSUER: 'https://orcid.org',
    BEAMDECK_OIDC2_CLIENT_ID: 'APP-1',
    BEAMDECK_OIDC2_NAME: 'ORCID',
  };
  expect(providerNames(loadConfig(second)).map(({ slot }) => slot)).toEqual(['oidc2']);
  expect(providerNames(loadConfig({ ...ONE, ...second })).map(({ name }) => name)).toEqual([
    'Facility ID',
    'ORCID',
  ]);
  // With a slash at the end or without one an origin is the same issuer.
  expect(faultsOf({ ...ONE, ...second, BEAMDECK_OIDC_ISSUER: 'https://orcid.org/' })).toEqual([
    'BEAMDECK_OIDC2_ISSUER',
  ]);
});

it('says what is missing or wrong, each by its name', () => {
  const { BEAMDECK_OIDC_CLIENT_ID: _, BEAMDECK_OIDC_NAME: __, ...rest } = ONE;
  expect(faultsOf(rest)).toEqual(['BEAMDECK_OIDC_CLIENT_ID', 'BEAMDECK_OIDC_NAME']);
  for (const issuer of [
    'http://id.example.org',
    'id.example.org',
    'https://id.example.org/?a=b',
    'https://u@id.example.org',
  ]) {
    expect(faultsOf({ ...ONE, BEAMDECK_OIDC_ISSUER: issuer })).toEqual(['BEAMDECK_OIDC_ISSUER']);
  }
  expect(faultsOf({ ...ONE, BEAMDECK_OIDC_ISSUER: 'http://127.0.0.1:9000' })).toEqual([]);
  expect(faultsOf({ ...ONE, BEAMDECK_OIDC_SCOPES: 'email profile' })).toEqual(['BEAMDECK_OIDC_SCOPES']);
});
