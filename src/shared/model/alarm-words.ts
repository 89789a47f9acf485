import type { AlarmCode } from './alarm.ts';
import { STORAGE_WARNINGS } from './storage-level.ts';

/** The place names an alarm may be told with: the facility's own machines, detectors and folders, never an experiment, a dataset or a sample. */
interface Named {
  /** Null when it is of no agent. */
  agentName: string | null;
  /** Detector or watched folder. */
  source: string | null;
  /** See `Alarm.step`. */
  step?: number | undefined;
}

const WORDS: Readonly<
  Record<AlarmCode, (agent: string, source: string | null, step: number | undefined) => string>
> = {
  'agent-silent': (agent) => `Nothing is heard of ${agent}.`,
  'licence-missing': (agent) => `${agent} has no licence: it is refused.`,
  'licence-expires': (agent) => `The licence of ${agent} expires soon.`,
  'licence-expired': (agent) => `The licence of ${agent} has expired: it sends nothing.`,
  'licence-revoked': (agent) => `The licence of ${agent} is revoked: it sends nothing.`,
  'uploads-not-on': (agent) => `Uploads of ${agent} are not on while an experiment is active.`,
  'experiment-upload-off': () => 'Upload of the active experiment is switched off.',
  'detector-silent': (agent, detector) =>
    `A series of ${detector ?? 'a detector'} is open, but ${agent} hears nothing of it.`,
  'detector-unheard': (agent) => `${agent} is connected to no detector while an experiment is active.`,
  'detector-error': (agent, detector) => `${agent} cannot receive the stream of ${detector ?? 'a detector'}.`,
  'dataset-incomplete': () => 'A dataset is incomplete.',
  'promise-broken': () => 'Files take longer to be readable than promised.',
  'uploads-stuck': (agent) => `Files of ${agent} wait and do not get on.`,
  'disk-low': (agent, disk) => `The disk with the ${disk ?? 'data'} of ${agent} is nearly full.`,
  'buffer-short': (agent) => `The buffer of ${agent} will soon be full.`,
  'clock-off': (agent) => `The clock of ${agent} is off.`,
  'poisoned-files': (agent) => `Files of ${agent} cannot be sent.`,
  'folder-not-watched': (agent, folder) =>
    `${folder === null ? 'Folders' : `The folder “${folder}”`} of ${agent} cannot be watched as it should.`,
  'storage-fills': (_agent, _source, step) =>
    `Hot storage of the facility has reached ${step ?? STORAGE_WARNINGS[0]} % of what is licensed.`,
};

/**
 * One sentence about an alarm for where it leaves the cockpit: mails, chat, notifications and what is kept. The cockpit itself has the numbers and the
 * names of data; this has none, so that nothing of a group is told to whoever reads it later or elsewhere.
 */
export const plainAlarm = (code: AlarmCode, { agentName, source, step }: Named): string =>
  WORDS[code](agentName ?? 'an agent', source, step);
