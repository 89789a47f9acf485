import { expect, it } from 'vitest';
import { archiveWords, licenceWords, storageWords } from './allowance-words.ts';

const HOUR_MS = 3_600_000;
const licence = (granted: number, reserved: number, settled: number) =>
  licenceWords({
    ...{ licenceId: 'x', name: 'Year', validUntil: new Date(0), grantedCpuMs: granted * HOUR_MS },
    ...{ reservedCpuMs: reserved * HOUR_MS, settledCpuMs: settled * HOUR_MS },
  });
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

it('says what is kept of a quota, louder from where staff are warned and when it is full', () => {
  const words = (bytes: number, quota: number | null) => {
    const { text, tone } = storageWords(bytes, quota);
    return `${tone}: ${plain(text)}`;
  };
  expect(words(3.1e12, 10e12)).toBe('running: 3.1 TB of 10 TB');
  expect(words(7.9e12, 10e12)).toBe('running: 7.9 TB of 10 TB');
  expect(words(8e12, 10e12)).toBe('warn: 8 TB of 10 TB');
  expect(words(10e12, 10e12)).toBe('failed: 10 TB of 10 TB');
  expect(words(3e12, null)).toBe('running: 3 TB, no quota');
});

it('says that nothing is archived, and draws no use of an archive, with a quota and without', () => {
  expect(archiveWords(null)).toMatchObject({ text: 'nothing is archived yet', max: null });
  const { text, max } = archiveWords(11e12);
  expect([plain(text), max]).toEqual(['nothing is archived yet; 11 TB licensed', null]);
});

it('counts what is reserved as gone, and a small rest is not none', () => {
  expect(licence(500, 0, 88)).toMatchObject({ text: '412 of 500 CPU hours left', tone: 'running' });
  expect(licence(500, 3, 85.5).text).toBe('411.5 of 500 CPU hours left, 3 reserved');
  expect(licence(500, 0.002, 1).text).toBe('499 of 500 CPU hours left, 0.002 reserved');
  expect(licence(500, 0, 499.96)).toMatchObject({ text: '0.04 of 500 CPU hours left', tone: 'warn' });
  expect(licence(500, 0, 500)).toMatchObject({ value: 500 * HOUR_MS, tone: 'failed' });
  expect(licence(0, 0, 0)).toMatchObject({ text: '0 of 0 CPU hours left', tone: 'failed' });
});
