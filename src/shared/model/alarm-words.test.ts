import { expect, test } from 'vitest';
import { ALARM_CODES } from './alarm.ts';
import { plainAlarm } from './alarm-words.ts';

const OF_NO_AGENT = ['experiment-upload-off', 'dataset-incomplete', 'promise-broken', 'storage-fills'];

test.each(ALARM_CODES)('%s is one sentence', (code) => {
  for (const source of ['eiger', null]) {
    const agentName = OF_NO_AGENT.includes(code) ? null : 'HUB';
    const words = plainAlarm(code, { agentName, source });
    expect(words).toMatch(/^[A-Z][^.]+\.$/);
    expect(words.includes('HUB')).toBe(agentName !== null);
  }
});

test('names the agent and the detector, disk or folder', () => {
  expect(plainAlarm('detector-error', { agentName: 'HUB', source: 'eiger' })).toBe(
    'HUB cannot receive the stream of eiger.',
  );
  expect(plainAlarm('disk-low', { agentName: 'HUB', source: 'buffer' })).toBe(
    'The disk with the buffer of HUB is nearly full.',
  );
});

test('storage is told with the step that it has come to', () => {
  const of = { agentName: null, source: null };
  expect(plainAlarm('storage-fills', { ...of, step: 90 })).toBe(
    'Hot storage of the facility has reached 90 % of what is licensed.',
  );
  expect(plainAlarm('storage-fills', of)).toContain('80 %');
});
