import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SmallDisk } from '#hub/testing/small-disk.ts';
import { eachLine } from '#scripts/lib/child-lines.ts';
import { ClearFault } from '#scripts/lib/clear-fault.ts';
import type { ThrowawayRgw } from '#scripts/lib/throwaway-rgw.ts';
import { unwatch, watch } from '#scripts/lib/watchdog.ts';
import { dataFolder, emptyDataFolder } from '#scripts/up/data-folder.ts';
import { ownEnvironment } from '#scripts/up/environment.ts';
import type { DemoFile } from '#scripts/up/start-all.ts';
import { endOf } from '#scripts/up/supervisor.ts';
import { loadConfig } from '#src/server/config/config.ts';
import { type Container, createContainer } from '#src/server/container.ts';
import type { Setting } from '../torture-case.ts';
import { FaultRelay } from './fault-relay.ts';
import type { MovingClock } from './moving-clock.ts';
import { PowerDisk } from './power-disk.ts';
import { bucketEnvironment, movingEnvironment, settingEnvironment } from './settings.ts';
import { objectsOfBucket, objectsOfFolder, type StoredObjects } from './stored-objects.ts';

/** What `up` runs of the server side, by its name in the log. */
export const SERVER_PROCESSES = ['web', 'worker', 'data', 'db'] as const;
export type ServerProcess = (typeof SERVER_PROCESSES)[number];

const ROOT = path.join(import.meta.dirname, '../..');
const STOP_GRACE_MS = 60_000;
const RESTART_MS = 120_000;
const KEPT_LINES = 60;
const STORE_DISK_BYTES = 512 * 1024 * 1024;
const STORE_DISK_NAMES = 20_000;
/** Those that have files of the store open. */
const STORE_PROCESSES: readonly ServerProcess[] = ['web', 'worker', 'data'];
/** A process that ended by itself, neither killed nor asked to. */
const CRASH = / up +WARN .+ ended \((?!SIGKILL\)|exit code 0\))/;

/** How an installation is started, and what of it goes wrong at will. */
export interface Surroundings {
  setting: Setting;
  /** The server of the store, where it is a bucket. */
  rgw: ThrowawayRgw | null;
  /** The clock of the setting that moves one. */
  clock: MovingClock | null;
}

interface Parts extends Surroundings {
  dataDir: string;
  demo: DemoFile;
  child: ChildProcess;
  exited: Promise<string>;
  crashes: string[];
  disk: SmallDisk | PowerDisk | null;
  storeLine: FaultRelay | null;
}

/** A whole server side as `npm run up -- --keep-going` runs it, in a folder of its own, without its beamline. */
export class Installation {
  readonly dataDir: string;
  readonly demo: DemoFile;
  /** Services on the same database, for what has no address: instruments, staff. */
  readonly services: Container;
  /** Processes that ended by themselves, as the log tells it. */
  readonly crashes: string[];
  /** The small disk of the store, where it has one. */
  readonly storeDisk: SmallDisk | null;
  /** The disk of the store that loses power, where it has one. */
  readonly powerDisk: PowerDisk | null;
  /** The server of the store, where it is a bucket, and the line to it from web app, worker and data server. */
  readonly rgw: ThrowawayRgw | null;
  readonly storeLine: FaultRelay | null;
  readonly clock: MovingClock | null;
  readonly objects: StoredObjects;
  private readonly child: ChildProcess;
  private readonly exited: Promise<string>;

  private constructor(parts: Parts) {
    this.dataDir = parts.dataDir;
    this.demo = parts.demo;
    this.child = parts.child;
    this.exited = parts.exited;
    this.crashes = parts.crashes;
    this.storeDisk = parts.disk instanceof SmallDisk ? parts.disk : null;
    this.powerDisk = parts.disk instanceof PowerDisk ? parts.disk : null;
    this.rgw = parts.rgw;
    this.storeLine = parts.storeLine;
    this.clock = parts.clock;
    this.objects = this.rgw
      ? objectsOfBucket(this.rgw.settings, path.join(parts.dataDir, 'fetched'))
      : objectsOfFolder(this.storeDir);
    this.services = createContainer(
      loadConfig({
        DATABASE_URL: parts.demo.database,
        BEAMDECK_WEB_URL: parts.demo.web,
        BEAMDECK_DATA_URL: parts.demo.data,
        ...(this.rgw ? bucketEnvironment(this.rgw) : { BEAMDECK_STORE_DIR: this.storeDir }),
        BEAMDECK_RUNS_DIR: path.join(parts.dataDir, 'runs'),
        BEAMDECK_SECRET: readFileSync(path.join(parts.dataDir, 'secret'), 'utf8').trim(),
        BEAMDECK_LOG_LEVEL: 'fatal',
        BEAMDECK_DEMO: '1',
      }),
      'torture',
    );
  }

  get storeDir(): string {
    return path.join(this.dataDir, 'store');
  }

  /** Starts it and waits until it is ready; the first time in a clone this builds the web app. */
  static async start(dataDir: string, { setting, rgw, clock }: Surroundings): Promise<Installation> {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const disk = diskOf(setting, dataDir);
    const storeLine = rgw && (await FaultRelay.to(rgw.settings.endpoint));
    const up = [
      process.execPath,
      path.join(ROOT, 'scripts/up.ts'),
      ...['--no-simulator', '--keep-going', '--port', '0', '--replay-port', '0', '--data-dir', dataDir],
    ];
    const [command, ...args] = disk instanceof PowerDisk ? [...disk.wrapper, ...up] : up;
    const child = spawn(command!, args, {
      cwd: ROOT,
      env: {
        ...ownEnvironment(process.env),
        ...settingEnvironment(setting),
        ...movingEnvironment(clock, rgw !== null).server,
        ...(rgw && storeLine
          ? bucketEnvironment(rgw, {
              endpoint: `http://127.0.0.1:${storeLine.port}`,
              isDirect: setting === 'moving-clock',
            })
          : {}),
      },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    watch({ pid: child.pid!, signal: 'SIGTERM', graceMs: STOP_GRACE_MS });
    const exited = endOf(child);
    const crashes: string[] = [];
    await untilReady(child, exited, crashes).catch((error) => {
      removeDisk(disk);
      throw error;
    });
    const demo = JSON.parse(readFileSync(path.join(dataDir, 'demo.json'), 'utf8')) as DemoFile;
    return new Installation({
      ...{ dataDir, setting, rgw, clock, demo, child, exited, crashes, disk, storeLine },
    });
  }

  pids(): Readonly<Record<string, number>> {
    return JSON.parse(readFileSync(path.join(this.dataDir, 'pids.json'), 'utf8')) as Record<string, number>;
  }

  /** Power off for these processes: no signal handler, no flush. Resolves when `up` has put others in their place. */
  async kill(names: readonly ServerProcess[]): Promise<void> {
    const before = this.pids();
    for (const name of names) process.kill(before[name]!, 'SIGKILL');
    await this.untilReplaced(names, before);
  }

  private async untilReplaced(
    names: readonly ServerProcess[],
    before: Record<string, number>,
  ): Promise<void> {
    const until = Date.now() + RESTART_MS;
    while (names.some((name) => this.pids()[name] === before[name])) {
      if (Date.now() > until) throw new Error(`${names.join(', ')} did not start again`);
      await sleep(100);
    }
  }

  /**
   * The machine of the store loses its power, and comes back: what had not reached its disk is gone. The database is on another machine,
   * which keeps its power: whatever it says is stored must be there.
   */
  async losePower(): Promise<void> {
    const disk = this.powerDisk!;
    const before = this.pids();
    // Nobody starts anything before the power is back.
    this.child.kill('SIGSTOP');
    try {
      disk.cut();
      for (const name of STORE_PROCESSES) process.kill(-before[name]!, 'SIGKILL');
      await disk.restore();
    } finally {
      this.child.kill('SIGCONT');
    }
    await this.untilReplaced(STORE_PROCESSES, before);
  }

  /** Stops everything and removes the folder's contents. */
  async stop(): Promise<void> {
    await this.services.close();
    this.child.kill('SIGTERM');
    await this.exited;
    unwatch(this.child.pid!);
    removeDisk(this.storeDisk ?? this.powerDisk);
    await this.storeLine?.close();
    await emptyDataFolder(dataFolder(this.dataDir));
  }
}

function diskOf(setting: Setting, dataDir: string): SmallDisk | PowerDisk | null {
  const folder = path.join(dataDir, 'store');
  if (setting === 'small-store') return new SmallDisk(folder, STORE_DISK_BYTES, STORE_DISK_NAMES);
  if (setting === 'power-disk' || setting === 'power-disk-unsynced')
    return new PowerDisk(folder, `${dataDir}.disk`, STORE_DISK_BYTES);
  return null;
}

function removeDisk(disk: SmallDisk | PowerDisk | null): void {
  if (disk instanceof SmallDisk) disk.unmount();
  else disk?.remove();
}

function untilReady(child: ChildProcess, exited: Promise<string>, crashes: string[]): Promise<void> {
  const lines: string[] = [];
  return new Promise((resolve, reject) => {
    const onLine = (line: string) => {
      if (line.startsWith('Beamdeck is ready at ')) resolve();
      if (CRASH.test(line)) crashes.push(line);
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
    };
    eachLine(child.stdout, onLine);
    eachLine(child.stderr, onLine);
    void exited.then((how) =>
      reject(new ClearFault(`The installation did not start (${how}):\n  ${lines.join('\n  ')}`)),
    );
  });
}
