import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from './config.ts';
import { envExample } from './env-example.ts';
import { VARIABLES } from './schema.ts';

const SOUND = {
  DATABASE_URL: 'postgres://u:p@127.0.0.1:5432/beamdeck',
  BEAMDECK_STORE_DIR: '/srv/store',
  BEAMDECK_RUNS_DIR: '/srv/runs',
  BEAMDECK_SECRET: 'x'.repeat(32),
};

function faultsOf(env: Record<string, string>, read?: (path: string) => string): readonly string[] {
  try {
    loadConfig(env, read);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('configuration', () => {
  it('fills in the fallbacks', () => {
    const config = loadConfig(SOUND);
    expect(config).toMatchObject({
      webUrl: 'http://127.0.0.1:3000',
      port: 3000,
      trustedProxies: [],
      dataPort: 3001,
      store: 'fs',
      demo: false,
      logLevel: 'info',
      dbPool: 10,
      workerConcurrency: 4,
    });
    expect(config.version).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('reports every fault together, by name, without the value of a secret', () => {
    const faults = faultsOf({
      DATABASE_URL: 'mysql://hunter2@x',
      BEAMDECK_PORT: '70000',
      BEAMDECK_SECRET: 'short',
    });
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
      'DATABASE_URL',
      'BEAMDECK_PORT',
      'BEAMDECK_STORE_DIR',
      'BEAMDECK_RUNS_DIR',
      'BEAMDECK_SECRET',
    ]);
    expect(faults.join()).not.toContain('hunter2');
    expect(faults.join()).not.toContain('short');
  });

  it('asks for the settings of the store that was chosen, and for no others', () => {
    const { BEAMDECK_STORE_DIR: _, ...rest } = SOUND;
    const s3 = {
      ...rest,
      BEAMDECK_STORE: 's3',
      BEAMDECK_S3_ENDPOINT: 'https://s3.example.org',
      BEAMDECK_S3_BUCKET: 'beamdeck',
      BEAMDECK_S3_ACCESS_KEY: 'key',
      BEAMDECK_S3_SECRET_KEY: 'hunter2',
    };
    expect(loadConfig(s3)).toMatchObject({ store: 's3', storeDir: '', s3Direct: [], s3MountDir: '' });
    expect(loadConfig({ ...s3, BEAMDECK_S3_DIRECT: 'reads, parts' }).s3Direct).toEqual(['reads', 'parts']);
    expect(loadConfig(s3)).toMatchObject({ s3ReadRole: '', s3StsUrl: '', s3ReadHours: 1 });
    const role = { BEAMDECK_S3_READ_ROLE: 'arn:aws:iam:::role/beamdeck-read', BEAMDECK_S3_READ_HOURS: '4' };
    expect(loadConfig({ ...s3, ...role })).toMatchObject({ s3ReadHours: 4, s3StsUrl: '' });
    expect(faultsOf({ ...s3, BEAMDECK_S3_READ_ROLE: 'beamdeck-read' })).toHaveLength(1);
    expect(faultsOf({ ...s3, ...role, BEAMDECK_S3_READ_HOURS: '13' })).toHaveLength(1);
    expect(loadConfig(SOUND)).toMatchObject({ store: 'fs', s3Endpoint: '', s3SecretKey: '' });
    const faults = faultsOf({ ...rest, BEAMDECK_STORE: 's3', BEAMDECK_S3_DIRECT: 'writes' });
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
      'BEAMDECK_S3_ENDPOINT',
      'BEAMDECK_S3_BUCKET',
      'BEAMDECK_S3_ACCESS_KEY',
      'BEAMDECK_S3_SECRET_KEY',
      'BEAMDECK_S3_DIRECT',
    ]);
  });

  it('reads secrets from files and refuses both forms at once', () => {
    const { BEAMDECK_SECRET: _, ...rest } = SOUND;
    const file = { ...rest, BEAMDECK_SECRET_FILE: '/run/secret' };
    expect(loadConfig(file, () => `${'y'.repeat(40)}\n`).secret).toBe('y'.repeat(40));
    expect(faultsOf({ ...SOUND, BEAMDECK_SECRET_FILE: '/run/secret' })).toHaveLength(1);
    expect(faultsOf({ ...rest, BEAMDECK_SECRET_FILE: '/nowhere/at/all' })[0]).toMatch(
      /^BEAMDECK_SECRET_FILE .*ENOENT/,
    );
  });

  it.each([
    ['https://beamdeck.example.org', true],
    ['https://beamdeck.example.org/', true],
    ['http://localhost:8080', true],
    ['http://beamdeck.example.org', false],
    ['https://beamdeck.example.org/path', false],
    ['beamdeck.example.org', false],
    ['javascript:alert(1)', false],
  ])('public origin %s accepted: %s', (webUrl, accepted) => {
    expect(faultsOf({ ...SOUND, BEAMDECK_WEB_URL: webUrl })).toHaveLength(accepted ? 0 : 1);
  });

  it.each([
    ['127.0.0.1', ['127.0.0.1']],
    [' 10.0.0.0/8, 2001:db8::/32,, ::1 ', ['10.0.0.0/8', '2001:db8::/32', '::1']],
    ['*', null],
    ['proxy.example.org', null],
    ['10.0.0.0/33', null],
    ['10.0.0.0/', null],
    ['10.0.0.0/8/8', null],
    ['fe80::1%eth0', null],
    ['10.0.0.1 10.0.0.2', null],
  ])('trusted proxies %j: %j', (value, places) => {
    const env = { ...SOUND, BEAMDECK_TRUSTED_PROXIES: value };
    if (places) expect(loadConfig(env).trustedProxies).toEqual(places);
    else expect(faultsOf(env)).toHaveLength(1);
  });

  it('permits webhooks no network that is not named', () => {
    expect(loadConfig(SOUND).webhookNetworks).toEqual([]);
    const named = loadConfig({ ...SOUND, BEAMDECK_WEBHOOK_NETWORKS: '10.20.0.0/16,fd12::/16' });
    expect(named.webhookNetworks).toEqual(['10.20.0.0/16', 'fd12::/16']);
    expect(faultsOf({ ...SOUND, BEAMDECK_WEBHOOK_NETWORKS: 'chat.example.org' })).toHaveLength(1);
  });

  it('allows a demo only on loopback', () => {
    expect(loadConfig({ ...SOUND, BEAMDECK_DEMO: '1' }).demo).toBe(true);
    const open = {
      ...SOUND,
      BEAMDECK_DEMO: '1',
      BEAMDECK_HOST: '0.0.0.0',
      BEAMDECK_WEB_URL: 'https://b.example.org',
    };
    expect(faultsOf(open)).toHaveLength(2);
  });

  it('counts an empty variable as unset', () => {
    expect(loadConfig({ ...SOUND, BEAMDECK_PORT: '' }).port).toBe(3000);
    expect(faultsOf({ ...SOUND, BEAMDECK_SECRET: '' })).toHaveLength(1);
  });

  it('has one row per key', () => {
    const { version: _, ...config } = loadConfig(SOUND);
    expect(VARIABLES.map((variable) => variable.key).sort()).toEqual(Object.keys(config).sort());
  });

  it('.env.example is what the schema says (npm run env-example writes it)', () => {
    expect(readFileSync('.env.example', 'utf8')).toBe(envExample());
  });
});
