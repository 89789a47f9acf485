import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AgentCommand } from '#src/shared/contracts/agent-control.ts';
import { type FolderConfig, TEMPORARY_NAMES } from '../files/folder-config.ts';
import { HubProcess } from './hub-process.ts';
import { HubRig, until } from './hub-rig.ts';
import { putLicence } from './licensed-rig.ts';
import type { PeerSourceFile } from './peer-source-files.ts';

export const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

/** A landing folder as tests want it: what takes minutes takes a moment. */
export function testFolder(folder: string, changes: Partial<FolderConfig> = {}): FolderConfig {
  return {
    name: 'landing',
    path: folder,
    settleMs: 200,
    scanMs: 60_000,
    include: [],
    exclude: TEMPORARY_NAMES,
    watch: 'auto',
    canary: false,
    lowIo: false,
    seriesTimeoutMs: 1500,
    absentTimeoutMs: 1500,
    ...changes,
  };
}

/** A HUB with a landing folder, before a peer; all real. */
export class FolderRig {
  readonly hub: HubRig;
  readonly landing: string;

  private constructor(hub: HubRig) {
    this.hub = hub;
    this.landing = path.join(hub.folder, 'landing');
    mkdirSync(this.landing);
    this.configure({});
  }

  static async create(): Promise<FolderRig> {
    return new FolderRig(await HubRig.create());
  }

  configure(changes: Partial<FolderConfig>): void {
    this.hub.config = { ...this.hub.config, detectors: [], folders: [testFolder(this.landing, changes)] };
  }

  get peer() {
    return this.hub.peer;
  }

  /** Starts the HUB and waits until it watches. */
  async start(): Promise<void> {
    this.hub.start();
    await until('the first look', () => this.status()?.lastScan != null);
  }

  status() {
    return this.hub.hub!.status().folders![0];
  }

  write(name: string | Buffer, content: string | Uint8Array): string | Buffer {
    const file = this.at(name);
    mkdirSync(path.dirname(file.toString('latin1')), { recursive: true });
    writeFileSync(file, content);
    return file;
  }

  /** Renames a file that is not looked at into place, as copy programs do that keep the time of the last modification. */
  moveWrittenAt(from: string, to: string, writtenMs: number): void {
    utimesSync(this.at(from), new Date(writtenMs), new Date(writtenMs));
    renameSync(this.at(from), this.at(to));
  }

  /** Absolute path of a name in the landing folder. */
  at(name: string): string;
  at(name: string | Buffer): string | Buffer;
  at(name: string | Buffer): string | Buffer {
    return typeof name === 'string'
      ? path.join(this.landing, name)
      : Buffer.concat([Buffer.from(`${this.landing}/`), name]);
  }

  /** By its path on this machine; the newest where several came under it. */
  stored(sourcePath: string): PeerSourceFile | undefined {
    return this.peer.sourceFiles.stored.findLast((file) => file.sourcePath === sourcePath);
  }

  /** Waits until the newest content in the store is this one, and looks at the bytes there. */
  async untilStored(
    sourcePath: string,
    content: string | Uint8Array,
    timeoutMs = 15_000,
  ): Promise<PeerSourceFile> {
    const isThere = () => this.stored(sourcePath)?.versions.at(-1)?.sha256 === sha256(content);
    await until(`${sourcePath} in the store`, isThere, timeoutMs);
    const file = this.stored(sourcePath)!;
    const bytes = readFileSync(path.join(this.peer.folder, file.path));
    if (sha256(bytes) !== sha256(content))
      throw new Error(`${file.path} has other bytes than were confirmed`);
    return file;
  }

  /** Waits until nothing is on its way. */
  async quiet(): Promise<void> {
    await until('an empty queue', () => this.hub.hub!.status().queue.files === 0, 30_000);
  }

  /** From now on the HUB obeys the peer's control document. */
  licensed(): void {
    this.hub.config = {
      ...this.hub.config,
      token: null,
      licenceFile: path.join(this.hub.folder, 'licence.json'),
    };
    putLicence(this.hub);
  }

  /** What staff ask for in the web app. */
  command(kind: AgentCommand['kind'], ids: string[] = []): void {
    const { authority } = this.peer;
    authority.control({ commands: [{ id: randomUUID(), kind, ids, source: null }] });
  }

  /** The HUB as a process of its own, to be killed. */
  process(options: { uid?: number; prefix?: readonly string[] } = {}): HubProcess {
    const tables = ['[landing]', `path = ${JSON.stringify(this.landing)}`, 'settle_s = 0.2'];
    return new HubProcess(this.hub, { tables, ...options });
  }

  async restart(): Promise<void> {
    await this.hub.stop();
    await this.start();
  }

  async dispose(): Promise<void> {
    await this.hub.dispose();
  }
}
