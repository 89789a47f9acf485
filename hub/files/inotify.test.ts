import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../testing/hub-rig.ts';
import { IN, Inotify, type InotifyEvent, parseEvents } from './inotify.ts';

const ASKED = IN.CREATE | IN.CLOSE_WRITE | IN.MOVED_FROM | IN.MOVED_TO | IN.DELETE | IN.MODIFY;

function event(watch: number, mask: number, cookie: number, name: string, padding: number): Buffer {
  const bytes = Buffer.alloc(16 + Buffer.byteLength(name) + padding);
  bytes.writeInt32LE(watch, 0);
  bytes.writeUInt32LE(mask, 4);
  bytes.writeUInt32LE(cookie, 8);
  bytes.writeUInt32LE(Buffer.byteLength(name) + padding, 12);
  bytes.write(name, 16);
  return bytes;
}

describe('events of the kernel', () => {
  it('are read with names of any length, an overflow among them', () => {
    const bytes = Buffer.concat([
      event(1, IN.CREATE, 0, 'a.cbf', 11),
      event(-1, IN.Q_OVERFLOW, 0, '', 0),
      event(2, IN.DELETE_SELF, 0, '', 0),
      event(1, IN.MOVED_TO, 77, 'x'.repeat(16), 0),
    ]);
    expect(parseEvents(bytes)).toEqual([
      { watch: 1, mask: IN.CREATE, cookie: 0, name: Buffer.from('a.cbf') },
      { watch: -1, mask: IN.Q_OVERFLOW, cookie: 0, name: null },
      { watch: 2, mask: IN.DELETE_SELF, cookie: 0, name: null },
      { watch: 1, mask: IN.MOVED_TO, cookie: 77, name: Buffer.from('x'.repeat(16)) },
    ]);
    expect(parseEvents(bytes.subarray(0, bytes.length - 1))).toHaveLength(3);
    expect(parseEvents(new Uint8Array())).toEqual([]);
  });
});

describe.skipIf(process.platform !== 'linux')('watching a folder', () => {
  let folder: string;
  let events: InotifyEvent[];
  let inotify: Inotify;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-inotify-'));
    events = [];
    inotify = await Inotify.open({
      onEvents: (more) => events.push(...more),
      onFault: (error) => {
        throw error;
      },
    });
  });
  afterEach(async () => {
    await inotify.close();
    rmSync(folder, { recursive: true });
  });

  const seen = (mask: number, name?: string) =>
    events.find((each) => (each.mask & mask) !== 0 && (name === undefined || each.name?.toString() === name));

  it('hears that a file was closed by its writer, and not before', async () => {
    const watch = inotify.addWatch(Buffer.from(folder), ASKED);
    const fd = openSync(path.join(folder, 'grows'), 'w');
    writeSync(fd, 'half');
    await until('the write', () => seen(IN.MODIFY, 'grows') !== undefined);
    expect(seen(IN.CLOSE_WRITE)).toBeUndefined();
    closeSync(fd);
    await until('the close', () => seen(IN.CLOSE_WRITE, 'grows') !== undefined);
    expect(seen(IN.CLOSE_WRITE)!.watch).toBe(watch);
  });

  it('hears both halves of a rename, and names as bytes', async () => {
    inotify.addWatch(Buffer.from(folder), ASKED);
    const odd = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x66, 0xff, 0x0a])]);
    closeSync(openSync(odd, 'w'));
    renameSync(odd, path.join(folder, 'final.cbf'));
    await until('the rename', () => seen(IN.MOVED_TO, 'final.cbf') !== undefined);
    const from = seen(IN.MOVED_FROM)!;
    expect(from.name).toEqual(Buffer.from([0x66, 0xff, 0x0a]));
    expect(from.cookie).not.toBe(0);
    expect(seen(IN.MOVED_TO)!.cookie).toBe(from.cookie);
  });

  it('hears that a watched folder is gone', async () => {
    const inner = path.join(folder, 'inner');
    mkdirSync(inner);
    const watch = inotify.addWatch(Buffer.from(inner), ASKED | IN.DELETE_SELF | IN.ONLYDIR);
    rmSync(inner, { recursive: true });
    await until('the end', () => seen(IN.IGNORED) !== undefined);
    expect(events.filter((each) => each.watch === watch).map(({ mask }) => mask)).toContain(IN.DELETE_SELF);
  });

  it('says what the kernel refuses', () => {
    const add = (where: string) => () => inotify.addWatch(Buffer.from(where), ASKED | IN.ONLYDIR);
    expect(add(path.join(folder, 'nowhere'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    closeSync(openSync(path.join(folder, 'file'), 'w'));
    expect(add(path.join(folder, 'file'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
  });

  it('tells every event of a flood, or that some were lost', async () => {
    inotify.addWatch(Buffer.from(folder), ASKED);
    // Names that differ, so that the kernel cannot fold them.
    const script = `const fs=require('node:fs');for(let n=0;n<60000;n++){fs.closeSync(fs.openSync(${JSON.stringify(folder)}+'/'+n%50,'w'))}`;
    expect(spawnSync(process.execPath, ['-e', script]).status).toBe(0);
    const closes = () => events.filter(({ mask }) => (mask & IN.CLOSE_WRITE) !== 0).length;
    await until('events or an overflow', () => seen(IN.Q_OVERFLOW) !== undefined || closes() === 60_000);
  });

  it('several instances hear their own events, also after one of them was closed', async () => {
    const elsewhere = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-inotify-'));
    const others: InotifyEvent[] = [];
    const fail = (error: Error) => {
      throw error;
    };
    const open = () => Inotify.open({ onEvents: (more) => others.push(...more), onFault: fail });
    try {
      const second = await open();
      inotify.addWatch(Buffer.from(folder), ASKED);
      second.addWatch(Buffer.from(elsewhere), ASKED);
      closeSync(openSync(path.join(folder, 'own'), 'w'));
      closeSync(openSync(path.join(elsewhere, 'other'), 'w'));
      await until('both', () => seen(IN.CLOSE_WRITE, 'own') !== undefined && others.length > 0);
      expect(others.map(({ name }) => name?.toString())).toEqual(others.map(() => 'other'));
      await second.close();
      const third = await open();
      closeSync(openSync(path.join(folder, 'later'), 'w'));
      await until('what came later', () => seen(IN.CLOSE_WRITE, 'later') !== undefined);
      await third.close();
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });
});
