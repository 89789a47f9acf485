import { decodeBslz4 } from '#src/shared/codecs/bslz4.ts';

/** In a worker of the browser: decodes one part of a frame and hands its elements over. */
interface Order {
  id: number;
  blob: ArrayBuffer;
  elementSize: 1 | 2 | 4;
}

const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent<Order>) => void) | null;
  postMessage(message: { id: number; buffer: ArrayBuffer }, transfer: Transferable[]): void;
};

scope.onmessage = ({ data: { id, blob, elementSize } }) => {
  const pixels = decodeBslz4(new Uint8Array(blob), elementSize);
  const buffer = pixels.buffer as ArrayBuffer;
  scope.postMessage({ id, buffer }, [buffer]);
};
