/** Below this ZeroMQ's binding copies messages into small buffers, which cost nothing to leave to the collector. */
const WORTH_RELEASING_BYTES = 4096;

/**
 * Gives a message's memory back at once. It lies outside of V8's heap; left to the garbage collector, each 50 MB of it
 * cost a search of the whole heap: half a second of processor time per GB received, measured with frames of 1.3 MB (94
 * full collections for 2 GB against none). Moving an ArrayBuffer's content to one of no length frees it; every view of
 * the message is empty afterwards, so nobody may hold one: not the series of a start, and not the socket on which the message
 * is sent on, which sends it without copying it.
 */
export function releaseMessage(message: Buffer): void {
  const { buffer, byteLength } = message;
  const ownsAll = byteLength >= WORTH_RELEASING_BYTES && buffer.byteLength === byteLength;
  if (ownsAll && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
