import { agentAlarms } from './agent-alarms.ts';
import type { Alarm, AlarmFacts } from './alarm.ts';
import { plainAlarm } from './alarm-words.ts';
import { frameWords, hasGaps } from './frame-words.ts';
import { percentile } from './latency.ts';
import { STORAGE_LIMIT_SHARE, storageSize } from './storage-level.ts';

export type { Alarm, AlarmCode } from './alarm.ts';

/** The promise is judged by the p95 of this many of the newest files, none older than this, and not by fewer than five. */
const PROMISE_FILES = 50;
const PROMISE_LEAST_FILES = 5;
const PROMISE_WINDOW_MS = 15 * 60 * 1000;

/** Afterwards the sample is gone; the dataset itself says it for ever. */
const INCOMPLETE_WINDOW_MS = 3600 * 1000;

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

function promiseAlarm({ now, latencies, promiseMs }: AlarmFacts): Alarm[] {
  const newest = latencies
    .slice(0, PROMISE_FILES)
    .filter(({ committedAt }) => now.getTime() - committedAt.getTime() <= PROMISE_WINDOW_MS);
  if (newest.length < PROMISE_LEAST_FILES) return [];
  const p95Ms = percentile(
    newest.map((file) => file.latencyMs).sort((a, b) => a - b),
    95,
  )!;
  if (p95Ms <= promiseMs) return [];
  return [
    {
      level: 'warn',
      code: 'promise-broken',
      sentence: `Files take ${seconds(p95Ms)} to be readable (p95 of the newest ${newest.length}); promised are ${seconds(promiseMs)}.`,
      todo: 'Look at the uplink: a queue that grows says that the network or the store is too slow. What was held by a switch counts from when it was measured.',
      since: newest.filter((file) => file.latencyMs > promiseMs).at(-1)!.committedAt,
      agentId: null,
      source: null,
    },
  ];
}

/** Of one, its frames in words; of several, the newest and how many more. What only waits to be stored is none of them. */
function incompleteAlarm({ now, datasets }: AlarmFacts): Alarm[] {
  const [newest, ...more] = datasets.filter(
    (dataset) =>
      dataset.state === 'incomplete' &&
      hasGaps(dataset) &&
      dataset.endedAt !== null &&
      now.getTime() - dataset.endedAt.getTime() <= INCOMPLETE_WINDOW_MS,
  );
  if (!newest) return [];
  const others = more.length === 1 ? '1 more dataset' : `${more.length} more datasets`;
  const also = more.length === 0 ? '' : ` So ${more.length === 1 ? 'is' : 'are'} ${others} of the last hour.`;
  return [
    {
      level: 'error',
      code: 'dataset-incomplete',
      sentence: `${newest.base} is incomplete: ${frameWords(newest).sentence}.${also}`,
      todo: 'Measure again what is needed while the sample is there; the reports of the agents say why.',
      since: newest.endedAt,
      agentId: null,
      source: null,
    },
  ];
}

function experimentAlarm({ active }: AlarmFacts): Alarm[] {
  if (!active || active.upload.enabled) return [];
  return [
    {
      level: 'warn',
      code: 'experiment-upload-off',
      sentence: `Upload of ${active.code}, which is active, is switched off: its data stay at the instrument.`,
      todo: 'Its Owner or a Manager switches it on again on the page of the experiment.',
      since: active.upload.since,
      agentId: null,
      source: null,
    },
  ];
}

/** In the words by which it is told elsewhere, with the numbers. */
function storageAlarm({ storage }: AlarmFacts): Alarm[] {
  if (storage === null || storage.warning === null || storage.quotaBytes === null) return [];
  const { hotBytes, quotaBytes, warning } = storage;
  const words = plainAlarm('storage-fills', { agentName: null, source: null, step: warning });
  const limit = Math.round(STORAGE_LIMIT_SHARE * 100);
  return [
    {
      level: warning === 100 ? 'error' : 'warn',
      code: 'storage-fills',
      sentence: `${words.replace(/\.$/, '')}: ${storageSize(hotBytes)} of ${storageSize(quotaBytes)}.`,
      todo: `An admin of the facility can license more, on the page Licences. Data of the instruments are stored in any case; beyond ${limit} % no job is started by hand and no results are stored.`,
      since: null,
      agentId: null,
      source: null,
      step: warning,
    },
  ];
}

/** All alarms of an instrument, the worst first, then by agent in the order given. A pure function of what is known. */
export function alarmsOf(facts: AlarmFacts): Alarm[] {
  const alarms = [
    ...facts.agents.flatMap((agent) => agentAlarms(agent, facts.now, facts.active !== null)),
    ...incompleteAlarm(facts),
    ...experimentAlarm(facts),
    ...promiseAlarm(facts),
    ...storageAlarm(facts),
  ];
  return alarms.sort((a, b) => Number(b.level === 'error') - Number(a.level === 'error'));
}
