/// <reference lib="webworker" />
import type { Asks, FromWorker, OpenedPlace, ToWorker } from './messages.ts';
import { ReadFault } from './reading/hdf5-library.ts';
import { Hdf5Reader } from './reading/hdf5-reader.ts';
import { loadLibrary } from './reading/load-library.ts';
import { pluginAddress } from './reading/plugin-addresses.ts';
import { BytesFault } from './reading/stored-bytes.ts';
import { staticBytes, webFiles } from './reading/web-bytes.ts';

/** Runs in a browser worker: one file, with what its links lead to, read as it is asked for. */
const scope = globalThis as unknown as DedicatedWorkerGlobalScope;

/** How long a file that was not there is not asked for again while values are read: of a virtual dataset there may be many. */
const ABSENT_MS = 20_000;

interface Opened {
  reader: Hdf5Reader;
  askAbsentAgain: (isLook: boolean) => void;
}
let opened: Promise<Opened> | null = null;

async function open({ origin, experimentId, path }: OpenedPlace): Promise<Opened> {
  const library = await loadLibrary(webFiles(origin, experimentId), (name) =>
    staticBytes(new URL(pluginAddress(name), origin).href),
  );
  let asked = performance.now();
  return {
    reader: new Hdf5Reader(library, path),
    askAbsentAgain: (isLook) => {
      if (!isLook && performance.now() - asked < ABSENT_MS) return;
      asked = performance.now();
      library.mount.forgetAbsent();
    },
  };
}

function answerTo(
  reader: Hdf5Reader,
  message: Exclude<ToWorker, { kind: 'open' }>,
): Asks[keyof Asks]['answer'] {
  if (message.kind === 'list') return reader.list(message.input.path, message.input.from);
  if (message.kind === 'detail') return reader.detail(message.input.path);
  return reader.slice(message.input);
}

const post = (message: FromWorker, transfer: Transferable[] = []) => scope.postMessage(message, transfer);

function refuse(id: number, error: unknown): void {
  if (error instanceof ReadFault || error instanceof BytesFault) {
    post({ id, ok: false, message: error.message, broken: false });
    return;
  }
  // The compiled library fell over what it read; nothing it says afterwards can be trusted.
  const message =
    'The file made the reader of HDF5 stop: it is damaged, or in a form that is not known here.';
  post({ id, ok: false, message, broken: true });
}

scope.onmessage = async (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  if (message.kind === 'open') {
    opened = open(message.place);
    // Whoever asks hears of it.
    opened.catch(() => undefined);
    return;
  }
  try {
    if (!opened) throw new ReadFault('No file is open.');
    const { reader, askAbsentAgain } = await opened;
    askAbsentAgain(message.kind === 'detail');
    const answer = answerTo(reader, message);
    const isNumbers = 'kind' in answer && answer.kind === 'numbers';
    post({ id: message.id, ok: true, answer }, isNumbers ? [answer.values.buffer] : []);
  } catch (error) {
    refuse(message.id, error);
  }
};
