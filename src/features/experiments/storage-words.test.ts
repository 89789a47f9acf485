import { expect, it } from 'vitest';
import { storageLevel } from '#src/shared/model/storage-level.ts';
import { storageNews } from './storage-words.ts';

it('storage is spoken of from its first warning on, and says what still works', () => {
  const news = (bytes: number) => storageNews(storageLevel(bytes * 1e9, 1000e9));
  expect(news(799)).toBeNull();
  expect(storageNews(storageLevel(1e15, null))).toBeNull();
  expect(news(850)).toMatchObject({ tone: 'warn', word: 'Storage fills' });
  expect(news(850)?.sentence).toMatch(/850.GB of the facility’s 1.TB are used \(85.%\)/);
  expect(news(1050)?.word).toBe('Storage over its quota');
  expect(news(1101)).toMatchObject({ tone: 'failed', word: 'Storage full' });
});
