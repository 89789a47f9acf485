import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockHolder, takeLock } from './folder-lock.mjs';

const MODULE = join(import.meta.dirname, 'folder-lock.mjs');

describe('folder lock', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'beamdeck-lock-'));
    file = join(dir, 'lock', 'up.json');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('has one holder, who may leave a note, until it is released', () => {
    const lock = takeLock(file);
    lock.note?.('http://127.0.0.1:3000');
    expect(takeLock(file).holder).toMatchObject({ pid: process.pid, note: 'http://127.0.0.1:3000' });
    lock.release?.();
    expect(existsSync(file)).toBe(false);
    expect(takeLock(file).holder).toBeNull();
  });

  it.each([
    ['a process that has ended', '{"pid":4194303,"started":"1","note":""}'],
    ['a pid that now belongs to another program', `{"pid":${process.pid},"started":"1","note":""}`],
    ['a file cut off by a crash', '{"pid":12'],
  ])('is free when held by %s', (_, text) => {
    takeLock(file).release?.();
    writeFileSync(file, text);
    expect(lockHolder(file)).toBeNull();
    expect(takeLock(file).holder).toBeNull();
  });

  it('is won by exactly one of several that start at once', async () => {
    const source = `const { takeLock } = await import(${JSON.stringify(MODULE)});
      process.stdout.write(takeLock(${JSON.stringify(file)}).holder ? 'l' : 'w');
      setTimeout(() => undefined, 1500);`;
    const outputs = await Promise.all(
      Array.from(
        { length: 5 },
        () =>
          new Promise<string>((resolve) => {
            const child = spawn(process.execPath, ['--input-type=module', '-e', source]);
            let text = '';
            child.stdout.on('data', (chunk) => {
              text += chunk;
            });
            child.on('close', () => resolve(text));
          }),
      ),
    );
    expect(outputs.sort().join('')).toBe('llllw');
    expect(readdirSync(join(dir, 'lock'))).toEqual(['up.json']);
  });
});
