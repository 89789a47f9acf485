import type { DragEvent } from 'react';
import { toast } from '#src/components/ui/toast.tsx';
import { MAX_SPOTS_FILE_BYTES, readSpotsFile, SPOTS_MAGIC } from '#src/shared/codecs/spots-file.ts';
import { readSpotsTable } from '#src/shared/codecs/spots-table.ts';
import { LocalSpots } from './spot-sources.ts';
import type { ViewerStore } from './viewer-store.ts';

/** Shows the spots of a file of this computer, which stays there; says what is wrong with one that holds none. */
export async function openLocalSpots(store: ViewerStore, file: File): Promise<void> {
  try {
    if (file.size > MAX_SPOTS_FILE_BYTES)
      throw new Error(`It is larger than ${MAX_SPOTS_FILE_BYTES / 1024 ** 2} MiB.`);
    const bytes = new Uint8Array(await file.arrayBuffer());
    const isBinary = new TextDecoder().decode(bytes.subarray(0, SPOTS_MAGIC.length)) === SPOTS_MAGIC;
    const frames = isBinary ? readSpotsFile(bytes) : readSpotsTable(new TextDecoder().decode(bytes));
    store.setState({ localSpots: { name: file.name, source: new LocalSpots(frames) }, spots: true });
  } catch (fault) {
    const why = fault instanceof Error ? fault.message : String(fault);
    toast.failed(`${file.name} cannot be shown. ${why}`);
  }
}

/** A file that is dropped is shown. */
export const spotDropHandlers = (store: ViewerStore) => ({
  onDragOver: (event: DragEvent) => event.preventDefault(),
  onDrop: (event: DragEvent) => {
    // Otherwise the browser leaves the page for the file.
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (file) void openLocalSpots(store, file);
  },
});
