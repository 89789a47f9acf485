import { afterEach, describe, expect, it } from 'vitest';
import { encodeBslz4 } from '#src/shared/codecs/bslz4.ts';
import { encodeBszstd } from '#src/shared/codecs/bszstd.ts';
import { decodeChunk, type EncodedChunk } from '#src/shared/codecs/chunk.ts';
import { CodecError } from '#src/shared/codecs/codec-error.ts';
import { randomSource } from '#src/testing/damaged-bytes.ts';
import { LEAST_SHARED_BYTES, type PartMessage, PartPeers } from './shared-decoding.ts';

const open: MessagePort[] = [];
afterEach(() => {
  for (const port of open.splice(0)) port.close();
});

function channel(): MessageChannel {
  const made = new MessageChannel();
  open.push(made.port1, made.port2);
  return made;
}

/** Workers as the page connects them, each with each; here all in one thread. */
function connected(count: number): PartPeers[] {
  const peers = Array.from({ length: count }, () => new PartPeers());
  for (const [n, one] of peers.entries())
    for (const other of peers.slice(n + 1)) {
      const { port1, port2 } = channel();
      one.add(port1);
      other.add(port2);
    }
  return peers;
}

const elements = (4 * LEAST_SHARED_BYTES) / 4 + 4097;
const random = randomSource(7);
const source = Uint32Array.from({ length: elements }, () => Math.floor(random() ** 8 * 50));
const frame = (bytes: Uint8Array, filter: EncodedChunk['filter']): EncodedChunk => ({
  filter,
  dtype: 'u4',
  bytes,
  elements,
});
const bslz4 = encodeBslz4(new Uint8Array(source.buffer), 4);

/** One block without a valid token. */
function damagedIn(block: number): Uint8Array {
  const bytes = bslz4.slice();
  const view = new DataView(bytes.buffer);
  let at = 12;
  for (let n = 0; n < block; n++) at += 4 + view.getUint32(at);
  return bytes.fill(0, at + 4, at + 40);
}

const isSame = (a: ArrayBufferView, b: ArrayBufferView) =>
  Buffer.compare(
    new Uint8Array(a.buffer, a.byteOffset, a.byteLength),
    new Uint8Array(b.buffer, b.byteOffset, b.byteLength),
  ) === 0;

describe('a frame shared among workers', () => {
  it.each([
    ['bslz4', () => bslz4],
    ['bszstd', () => encodeBszstd(new Uint8Array(source.buffer), 4)],
  ] as const)('has the same pixels: %s', async (filter, encoded) => {
    const [first, second] = connected(3);
    const chunk = frame(encoded(), filter);
    // Both at once, each a peer of the other; then once more with memory that was used.
    const [one, other] = await Promise.all([first!.decode(chunk), second!.decode(chunk)]);
    for (const pixels of [one, other, await first!.decode(chunk)]) expect(isSame(pixels, source)).toBe(true);
  });

  it('a peer does decode parts of it', async () => {
    const lead = new PartPeers();
    const { port1, port2 } = channel();
    lead.add(port1);
    const heard: PartMessage[] = [];
    const peer = new PartPeers();
    peer.add({
      get onmessage() {
        return port2.onmessage;
      },
      set onmessage(listen) {
        port2.onmessage = (event: MessageEvent<PartMessage>) => {
          heard.push(event.data);
          listen?.call(port2, event);
        };
      },
      postMessage: port2.postMessage.bind(port2),
    });
    await lead.decode(frame(bslz4, 'bslz4'));
    expect(heard.map(({ kind }) => kind)).toContain('memory');
  });

  it('does not wait for a peer that never answers', async () => {
    const lead = new PartPeers();
    lead.add({ onmessage: null, postMessage: () => undefined });
    expect(isSame(await lead.decode(frame(bslz4, 'bslz4')), source)).toBe(true);
  });

  it('stops when it is no longer wanted', async () => {
    const [lead] = connected(2);
    const stopping = new AbortController();
    const decoding = lead!.decode(frame(bslz4, 'bslz4'), stopping.signal);
    stopping.abort();
    await expect(decoding).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('is refused in the same words when it is broken', async () => {
    const short = bslz4.subarray(0, bslz4.length - 9000);
    // Here and at the peer: its parts are those at the end.
    for (const bytes of [damagedIn(0), damagedIn(Math.floor(elements / 2048) - 1), short]) {
      const [lead] = connected(2);
      const chunk = frame(bytes, 'bslz4');
      const told = await lead!.decode(chunk).catch((fault: unknown) => fault);
      expect(told instanceof CodecError).toBe(true);
      expect(() => decodeChunk(chunk)).toThrow((told as CodecError).message);
    }
  });
});
