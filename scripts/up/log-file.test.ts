import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogFile } from './log-file.ts';

describe('log file', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'beamdeck-log-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('moves a full file aside and keeps the newest lines', () => {
    const file = new LogFile(join(dir, 'hub.jsonl'), 20);
    for (let number = 0; number < 12; number += 1) file.write(`line ${number}`);
    file.close();
    expect(readdirSync(dir).sort()).toEqual(['hub.jsonl', 'hub.jsonl.1', 'hub.jsonl.2', 'hub.jsonl.3']);
    expect(readFileSync(join(dir, 'hub.jsonl'), 'utf8')).toContain('line 11\n');
  });

  it('goes on with what an earlier run left', () => {
    for (const text of ['first', 'second']) {
      const file = new LogFile(join(dir, 'up.jsonl'));
      file.write(text);
      file.close();
    }
    expect(readFileSync(join(dir, 'up.jsonl'), 'utf8')).toBe('first\nsecond\n');
  });
});
