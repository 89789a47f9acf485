import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { completeLock, platformOf } from '../lock-platforms.mjs';
import { installFault, installHash, treeMatchesLock } from './install-packages.mjs';

const lock = (packages: Record<string, object>) => JSON.stringify({ packages: { '': {}, ...packages } });

describe('what is installed', () => {
  const wanted = lock({
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b-darwin': { version: '1.0.0', optional: true, os: ['darwin'] },
  });

  it.each([
    ['the same, another platform left out', { 'node_modules/a': { version: '1.0.0' } }, true],
    ['another version', { 'node_modules/a': { version: '1.0.1' } }, false],
    ['one missing', {}, false],
    [
      'one too many',
      { 'node_modules/a': { version: '1.0.0' }, 'node_modules/c': { version: '1.0.0' } },
      false,
    ],
  ])('%s', (_, present, expected) => {
    expect(treeMatchesLock(wanted, JSON.stringify({ packages: present }))).toBe(expected);
  });

  it('is another for another platform', () => {
    expect(installHash('{}', 'linux', 'x64')).not.toBe(installHash('{}', 'linux', 'arm64'));
  });

  it.each([
    ['npm error code ENOSPC', /disk is full/],
    ['npm error code EACCES', /No permission/],
    ['npm error code EAI_AGAIN', /registry cannot be reached/],
    ['npm error code EINTEGRITY', /checksum/],
    ['anything else', /failed/],
  ])('explains "%s" in a sentence', (output, sentence) => {
    expect(installFault(output)).toMatch(sentence);
  });
});

describe('the lockfile', () => {
  it('is complete for other platforms and holds no address of a registry', () => {
    const text = readFileSync('package-lock.json', 'utf8');
    expect(text).not.toMatch(/"resolved":/);
    expect(completeLock(JSON.parse(text))).toMatchObject({ added: [], marked: 0, addresses: 0 });
  });

  it('gets what is missing, once', () => {
    const partial = {
      packages: {
        'node_modules/tool': {
          version: '2.0.0',
          resolved: 'x',
          optionalDependencies: { '@tool/linux-arm64-musl': '2.0.0' },
        },
      },
    };
    const { lock: done, added } = completeLock(partial);
    expect(added).toEqual(['@tool/linux-arm64-musl@2.0.0']);
    expect(done.packages['node_modules/@tool/linux-arm64-musl']).toEqual({
      version: '2.0.0',
      optional: true,
      os: ['linux'],
      cpu: ['arm64'],
      libc: ['musl'],
    });
    expect(completeLock(done).added).toEqual([]);
  });

  it.each([
    ['@next/swc-win32-arm64-msvc', { os: ['win32'], cpu: ['arm64'] }],
    ['@tailwindcss/oxide-linux-arm-gnueabihf', { os: ['linux'], cpu: ['arm'] }],
    ['@tailwindcss/oxide-wasm32-wasi', { cpu: ['wasm32'] }],
  ])('reads the platform of %s', (name, platform) => expect(platformOf(name)).toEqual(platform));
});
