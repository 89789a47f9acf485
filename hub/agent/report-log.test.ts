import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { Journal } from './journal.ts';
import { ReportLog } from './report-log.ts';

const journal = { addReport: () => undefined } as unknown as Journal;

it('takes only errors for the last error; warnings are counted', () => {
  let nowMs = Date.parse('2026-05-01T10:00:00Z');
  const reports = new ReportLog({ journal, log: pino({ level: 'silent' }), now: () => nowMs });
  reports.add({ level: 'warn', code: 'no-active-experiment', message: 'kept', detector: 'eiger' });
  reports.add({ level: 'info', code: 'state-folder-writable', message: 'again' });
  expect(reports.lastError).toBeNull();
  expect(reports.lastErrorOf('eiger')).toBeNull();
  expect(reports.problems('eiger')).toEqual({ 'no-active-experiment': 1 });

  reports.add({ level: 'error', code: 'spool-write-failed', message: 'full', detector: 'eiger' });
  nowMs += 1000;
  reports.add({ level: 'warn', code: 'no-active-experiment', message: 'kept', detector: 'eiger' });
  const error = { at: '2026-05-01T10:00:00.000Z', code: 'spool-write-failed', message: 'full' };
  expect(reports.lastError).toEqual(error);
  expect(reports.lastErrorOf('eiger')).toEqual(error);
  expect(reports.lastErrorOf('other')).toBeNull();
});
