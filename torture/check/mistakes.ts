import type { Need } from '../parts/needs.ts';
import type { Setting } from '../torture-case.ts';

interface AnyMistake {
  name: string;
  /** What it does to data, for the table of results. */
  about: string;
  /** Cases that should meet it; the other cases of the short form are tried when they do not. */
  metBy: readonly string[];
}

/** A mistake that somebody could make in the agent: a place in its sources, and what stands there then. */
export interface AgentMistake extends AnyMistake {
  file: string;
  /** Stands there exactly once. */
  find: string;
  replace: string;
}

/** A mistake of the server side: how it is started to make it. */
export interface ServerMistake extends AnyMistake {
  setting: Setting;
  needs: readonly Need[];
  /** What is found when it is caught: a case may fail for another reason, such as a machine that is too busy. */
  evidence: RegExp;
}

export type Mistake = AgentMistake | ServerMistake;

export const SERVER_MISTAKES: readonly ServerMistake[] = [
  {
    name: 'store-sync-skipped',
    about:
      'the server says that a file is stored without having synced it to its disk (fsync and its like do nothing)',
    setting: 'power-disk-unsynced',
    needs: ['eatmydata'],
    evidence: /^\S+ (is not in the store|has other bytes than its source)$/,
    metBy: ['power-store'],
  },
];

export const AGENT_MISTAKES: readonly AgentMistake[] = [
  {
    name: 'sync-skipped',
    about:
      'the agent asks for its token without having synced the key that proves whose it is, and does not sync the token',
    file: 'hub/agent/enrolment.ts',
    find: 'fsyncSync(fd);',
    replace: 'void fsyncSync;',
    metBy: ['power-agent'],
  },
  {
    name: 'spool-sync-skipped',
    about: 'the agent tells the server that a file is whole without having synced its own copy of it',
    file: 'hub/stream/sync-spooled.ts',
    find: 'return syncAll(path.dirname(localPath), [localPath, ...beside]);',
    replace: 'return Promise.resolve(void [localPath, beside]);',
    metBy: ['power-unheard', 'power-agent'],
  },
  {
    name: 'confirmed-too-early',
    about: 'a file counts as stored when its parts are sent, before the server has said so',
    file: 'hub/agent/uploader.ts',
    find: '...(await this.complete(running))',
    replace: `fileId: running.uploadId, ...{ storedAt: new Date().toISOString(), committedAt: new Date().toISOString() }`,
    metBy: ['sender-dies'],
  },
  {
    name: 'upload-time',
    about: 'whose data are whose is decided by the time of the upload',
    file: 'hub/agent/series-transfer.ts',
    find: 'return this.deps.client.openSeries(known);',
    replace:
      'return this.deps.client.openSeries({ ...known, startedAt: new Date(this.deps.now()).toISOString() });',
    metBy: ['outage-two-switches'],
  },
  {
    name: 'resume-forgotten',
    about: 'a HUB that was killed does not go on with what it had received',
    file: 'hub/resume-series.ts',
    find: 'for (const row of deps.journal.unfinishedSeries()) {',
    replace: 'for (const row of deps.journal.unfinishedSeries().slice(0, 0)) {',
    metBy: ['kill-agent'],
  },
  {
    name: 'missing-unnamed',
    about: 'frames that never came are not told',
    file: 'hub/agent/series-conclusion.ts',
    find: 'missing: row.missing,',
    replace: 'missing: [],',
    metBy: ['gaps'],
  },
  {
    name: 'switch-ignored',
    about: 'data are sent although uploading is switched off',
    file: 'hub/agent/control-gate.ts',
    find: "if (experiment?.upload === 'off')",
    replace: "if (experiment?.upload === 'off' && this.document === null)",
    metBy: ['off-in-a'],
  },
  {
    name: 'given-up-silently',
    about: 'what is given up is not named',
    file: 'hub/agent/series-transfer.ts',
    find: "this.report('error', 'held-given-up',",
    replace: '((..._: unknown[]) => undefined)(',
    metBy: ['agent-off'],
  },
  {
    name: 'hash-unchecked',
    about: 'nobody looks whether a file is still the one that was hashed',
    file: 'hub/files/file-sender.ts',
    find: 'return isSameContent(before, stats.nlink === 0n ? { ...now, ctimeNs: before.ctimeNs } : now);',
    replace: 'return now.sizeBytes >= 0 && isSameContent(before, before);',
    metBy: ['landing-polling'],
  },
  {
    name: 'version-forgotten',
    about: 'a rewritten file is taken for another file',
    file: 'hub/files/file-sender.ts',
    find: 'former?.clientId ?? null',
    replace: 'null',
    metBy: ['landing-growing'],
  },
  {
    name: 'copies-taken-for-new',
    about: 'when a file was last written does not count',
    file: 'hub/files/acquired.ts',
    find: 'modifiedAt: iso(Math.min(LAST_MS, Math.max(0, msOf(file.mtimeNs)))),',
    replace: 'modifiedAt: iso(sighting.seenMs),',
    metBy: ['landing-last-week'],
  },
  {
    name: 'links-unnamed',
    about: 'links that lead out of the folder are passed over in silence',
    file: 'hub/files/entry-look.ts',
    find: "{ is: 'fault', signature, fault: LINK_OUT };",
    replace: "{ is: 'ignored' };",
    metBy: ['odd-names'],
  },
  {
    name: 'rescan-off',
    about: 'folders that cannot be watched are not looked through',
    file: 'hub/files/folder-source.ts',
    find: 'this.pollingBecause ??= sentence;\n    this.again();\n    this.wake.notify();',
    replace: 'this.wake.notify();',
    metBy: ['inotify-limit'],
  },
  {
    name: 'temporary-names',
    about: 'files are sent under the names they have while they are written',
    file: 'hub/files/folder-config.ts',
    find: "  '**/*.part',\n",
    replace: '',
    metBy: ['landing-rename'],
  },
  {
    name: 'names-as-text',
    about: 'names are taken for UTF-8',
    file: 'hub/files/path-bytes.ts',
    find: "export const bytesOf = (path: PathBytes): Buffer => Buffer.from(path, 'latin1');",
    replace: "export const bytesOf = (path: PathBytes): Buffer => Buffer.from(path, 'utf8');",
    metBy: ['odd-names'],
  },
  {
    name: 'poison-unnamed',
    about: 'what cannot be sent is not listed',
    file: 'hub/files/folder-source.ts',
    find: 'return this.deps.journal.poisoned(this.name, limit).map(',
    replace: 'return this.deps.journal.poisoned(this.name, limit).slice(0, 0).map(',
    metBy: ['odd-names'],
  },
];
