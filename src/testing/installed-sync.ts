import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { expect, vi } from 'vitest';
import { sha256 } from '#hub/testing/folder-rig.ts';
import { file } from '../server/db/schema/index.ts';
import type { IngestWorld } from './ingest-world.ts';
import { putLicence } from './put-licence.ts';
import { type Ran, ThrowawaySystem } from './throwaway-system.ts';

export const CONF = '/etc/beamdeck/sync.conf';
export const STATE = '/var/lib/beamdeck-sync';
const RAW = '/opt/beamdeck/sync/raw';
const PROGRAM = '/usr/bin/beamdeck-sync';
const UNIT = '/usr/lib/systemd/system/beamdeck-sync.service';
/** CAP_DAC_READ_SEARCH alone, as bits (linux/capability.h). */
const READ_SEARCH = 1 << 2;
const within = { timeout: 150_000, interval: 100 };

/** Where a package can be installed and run. */
interface System {
  /** Its root, on this machine. */
  readonly root: string;
  at(path: string): string;
  run(...command: string[]): Ran;
}

/** A system on which a package of SYNC is installed, before a real server: what has to hold whichever kind of package it was. */
export class InstalledSync<S extends System = System> {
  readonly system: S;
  protected said = '';
  private readonly w: IngestWorld;
  private readonly serverUrl: string;

  constructor(w: IngestWorld, serverUrl: string, system: S) {
    this.w = w;
    this.serverUrl = serverUrl;
    this.system = system;
  }

  isHere(path: string): boolean {
    return existsSync(this.system.at(path));
  }

  text(path: string): string {
    return readFileSync(this.system.at(path), 'utf8');
  }

  private modeAndOwner(path: string): string {
    return this.system.run('stat', '-c', '%a %U:%G', path).out.trim();
  }

  /** Program, unit, configuration, and an account that owns nothing but the state. */
  expectInstalled(): void {
    expect([this.isHere(PROGRAM), this.isHere(UNIT)]).toEqual([true, true]);
    expect(this.system.run('getent', 'passwd', 'beamdeck-sync').out).toMatch(
      /^beamdeck-sync:[^:]*:\d{1,3}:\d{1,3}:[^:]*:\/var\/lib\/beamdeck-sync:(\/usr)?\/sbin\/nologin\n$/,
    );
    expect(this.modeAndOwner(STATE)).toBe('700 beamdeck-sync:beamdeck-sync');
    for (const folder of ['raw', 'processed', 'work', 'metadata', 'auxiliary']) {
      expect(this.modeAndOwner(`/opt/beamdeck/sync/${folder}`)).toBe('2775 root:beamdeck-sync');
    }
    expect(this.system.run('find', PROGRAM, CONF, '-not', '-user', 'root').out).toBe('');
    expect(this.modeAndOwner(CONF)).toBe('644 root:root');
  }

  /** Program and unit are gone. */
  expectRemoved(): void {
    expect([this.isHere(PROGRAM), this.isHere(UNIT)]).toEqual([false, false]);
  }

  /** As its administrator does. */
  configure(): void {
    const text = this.text(CONF).replace('https://beamdeck.example.org', this.serverUrl);
    writeFileSync(this.system.at(CONF), text);
  }

  /** @param name of the agent, which no other has */
  async enrol(name: string): Promise<void> {
    const { root } = this.system;
    const place = { at: (...names: string[]) => join(root, 'root', ...names) };
    const licence = await putLicence(this.w, place, 'sync', name);
    expect(this.system.run('beamdeck-sync', 'enrol', licence.slice(root.length))).toMatchObject({
      code: 0,
      err: '',
    });
    expect(this.modeAndOwner(`${STATE}/licence.json`)).toBe('600 beamdeck-sync:beamdeck-sync');
  }

  /** Puts a file into the folder raw, and waits until it is recorded. @param name below that folder */
  async bring(name: string): Promise<void> {
    const bytes = Buffer.from(`an image, ${name}`);
    mkdirSync(join(this.system.at(RAW), name, '..'), { recursive: true });
    writeFileSync(this.system.at(`${RAW}/${name}`), bytes);
    await vi.waitFor(async () => {
      const [row] = await this.w.db
        .select()
        .from(file)
        .where(eq(file.path, `raw/${name}`));
      expect(row?.sha256, this.said).toBe(sha256(bytes));
    }, within);
  }

  /** What the running service may do, and what it has written. @param process its /proc/PID/status */
  expectConfined(process: string): void {
    const uid = Number(this.system.run('id', '-u', 'beamdeck-sync').out);
    expect(process).toMatch(new RegExp(`^Uid:\t${uid}\t${uid}\t${uid}\t${uid}$`, 'm'));
    expect(process).toMatch(/^NoNewPrivs:\t1$/m);
    expect(Number.parseInt(/^CapBnd:\t(\w+)$/m.exec(process)![1]!, 16)).toBe(READ_SEARCH);
    expect(Number.parseInt(/^CapEff:\t(\w+)$/m.exec(process)![1]!, 16)).toBe(0);
    const open = ['-not', '-user', 'beamdeck-sync', '-o', '-perm', '/077', '-type', 'f'];
    expect(this.system.run('find', STATE, ...open).out).toBe('');
  }

  /** Its commands find the running service. */
  expectAnswers(): void {
    expect(this.system.run('beamdeck-sync', 'status').out).toMatch(/^SYNC /);
    const check = this.system.run('runuser', '-u', 'beamdeck-sync', '--', 'beamdeck-sync', 'check').out;
    expect(check).toMatch(/^good +folder raw/m);
    expect(check).toMatch(/^good +state folder/m);
  }
}

/** The same with a service that is started as its unit says, without a systemd. */
export class StartedSync extends InstalledSync<ThrowawaySystem> {
  private service: ChildProcess | null = null;

  constructor(w: IngestWorld, serverUrl: string) {
    super(w, serverUrl, new ThrowawaySystem());
  }

  start(): void {
    this.service = this.system.startUnit('beamdeck-sync.service');
    for (const stream of [this.service.stdout!, this.service.stderr!]) {
      stream.on('data', (chunk: Buffer) => {
        this.said += chunk.toString();
      });
    }
  }

  status(): string {
    return readFileSync(`/proc/${this.service!.pid}/status`, 'utf8');
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) =>
      this.service!.once('exit', (code, signal) => resolve({ code, signal })),
    );
    this.service!.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(this.said).toContain('SYNC stopped');
  }

  dispose(): void {
    this.service?.kill('SIGKILL');
    this.system.dispose();
  }
}
