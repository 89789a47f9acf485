'use client';
import { create } from 'zustand';
import type { ChosenFile } from './chosen-files.ts';
import { ENDED, FileUpload, type OnClash, type UploadTools, type UploadView } from './file-upload.ts';

/*
 * The uploads of this tab. Apart from the pages, so that they go on while somebody looks at something else in the app.
 */
export interface QueuedUpload {
  id: number;
  experimentId: string;
  name: string;
  sizeBytes: number;
  view: UploadView;
}

interface Entry extends Omit<QueuedUpload, 'view'> {
  upload: FileUpload;
}

const FILES_AT_ONCE = 3;
/** Of thousands of files several a second change; the page is told together. */
const TOLD_EVERY_MS = 200;

let entries: readonly Entry[] = [];
let lastId = 0;
let isDue = false;

const useQueue = create<{ uploads: readonly QueuedUpload[] }>(() => ({ uploads: [] }));

function tell(): void {
  isDue = false;
  useQueue.setState({ uploads: entries.map(({ upload, ...entry }) => ({ ...entry, view: upload.view })) });
}

function changed(): void {
  if (isDue) return;
  isDue = true;
  setTimeout(tell, TOLD_EVERY_MS);
}

const isUnderWay = ({ upload }: Entry) => upload.view.state === 'sending' || upload.view.state === 'offline';

function startNext(): void {
  let free = FILES_AT_ONCE - entries.filter(isUnderWay).length;
  for (const { upload } of entries) {
    if (free <= 0) return;
    if (upload.view.state !== 'waiting') continue;
    free -= 1;
    void upload.run().finally(startNext);
  }
}

/** Asks before the tab is closed while something is on its way. */
function guard(event: BeforeUnloadEvent): void {
  if (entries.some(({ upload }) => !ENDED.includes(upload.view.state))) event.preventDefault();
}

export function enqueue(
  experimentId: string,
  files: readonly (ChosenFile & { onClash: OnClash })[],
  tools: UploadTools,
): void {
  window.removeEventListener('beforeunload', guard);
  window.addEventListener('beforeunload', guard);
  const added = files.map(({ file, path, onClash }): Entry => {
    lastId += 1;
    const upload = new FileUpload({ file, experimentId, path, onClash }, tools, changed);
    return { id: lastId, experimentId, name: file.name, sizeBytes: file.size, upload };
  });
  entries = [...entries, ...added];
  tell();
  startNext();
}

const pick = (ids: readonly number[] | null) =>
  ids === null ? entries : entries.filter(({ id }) => ids.includes(id));

/** What can be done with uploads; null = all. */
export const queue = {
  pause(ids: readonly number[] | null) {
    for (const { upload } of pick(ids)) upload.pause();
    startNext();
  },
  goOn(ids: readonly number[] | null) {
    for (const { upload } of pick(ids)) upload.wait();
    startNext();
  },
  cancel(ids: readonly number[] | null) {
    for (const { upload } of pick(ids)) void upload.cancel();
    startNext();
  },
  /** Takes what has ended out of the list. */
  clear() {
    entries = entries.filter(({ upload }) => !ENDED.includes(upload.view.state));
    tell();
  },
};

export const useUploads = () => useQueue((state) => state.uploads);
