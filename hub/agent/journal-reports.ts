import type { Logger } from 'pino';
import type { Journal } from './journal.ts';
import type { ReportLog } from './report-log.ts';

/** Tells people when the state folder takes no more notes, and when it does again. */
export function reportJournalFaults(journal: Journal, reports: ReportLog, stateDir: string): void {
  journal.listen({
    blocked: (reason) =>
      reports.add({
        level: 'error',
        code: 'state-folder-full',
        message: `The state folder ${stateDir} cannot be written (${reason}): free space there. Meanwhile data are taken and sent while there is room, but what has been noted since would be unknown after a restart.`,
      }),
    recovered: () =>
      reports.add({
        level: 'info',
        code: 'state-folder-writable',
        message: `The state folder ${stateDir} can be written again; everything noted meanwhile is on disk.`,
      }),
    refused: (error) => reports.addThrown('A note that had waited was refused by the journal', error),
  });
}

/** Closes the journal at the end of the program; what could not be written any more is said in the log alone. */
export function closeJournal(journal: Journal, log: Logger, stateDir: string): void {
  if (journal.close()) return;
  log.error(
    { code: 'state-folder-full' },
    `${stateDir} could not be written until the end: the next start does not know what was noted last`,
  );
}
