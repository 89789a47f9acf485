/** The disk of the state folder takes no notes now; files wait where they are. */
export class FileJournalBlocked extends Error {
  override readonly name = 'FileJournalBlocked';
}

/** SQLite has undone the batch by itself. */
export class BatchGone extends Error {}
