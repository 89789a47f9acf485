import type { ByteReader } from './byte-reader.ts';
import { damaged, Hdf5Error, unsupported } from './hdf5-error.ts';
import type { Metadata } from './metadata.ts';

// Section IV.A.1 "Object Headers", with continuation blocks (IV.A.2.q) and messages kept in another header ("Shared Message").

export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  oldFillValue: 0x04,
  fillValue: 0x05,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

interface Message {
  type: number;
  isShared: boolean;
  body: Uint8Array;
}

const MAX_MESSAGES = 65_536;
const MAX_CONTINUATIONS = 4096;
const SHARED_FLAG = 2;
/** Longest fixed part: version 2 with times and limits. */
const PREFIX_BYTES = 40;

interface Block {
  address: number;
  length: number;
}

/** The messages of one object. */
export class ObjectHeader {
  readonly address: number;
  private readonly messages: Message[];
  private readonly metadata: Metadata;

  private constructor(metadata: Metadata, address: number, messages: Message[]) {
    this.metadata = metadata;
    this.address = address;
    this.messages = messages;
  }

  static async read(metadata: Metadata, address: number): Promise<ObjectHeader> {
    const prefix = await metadata.readAtMost(address, PREFIX_BYTES, 'An object header');
    const isNew = prefix.bytes[0] === 0x4f;
    const messages = isNew
      ? await readNew(metadata, address, prefix)
      : await readOld(metadata, address, prefix);
    return new ObjectHeader(metadata, address, messages);
  }

  has(type: number): boolean {
    return this.messages.some((message) => message.type === type);
  }

  private async bodyOf(message: Message, what: string): Promise<ByteReader> {
    if (!message.isShared) return this.metadata.over(message.body, what);
    const address = sharedAddress(this.metadata.over(message.body, what));
    if (address === this.address) throw damaged(`${what} leads to itself.`);
    const other = await ObjectHeader.read(this.metadata, address);
    const own = other.messages.find(({ type, isShared }) => type === message.type && !isShared);
    if (!own) throw damaged(`${what} is shared, and not where it should be.`);
    return this.metadata.over(own.body, what);
  }

  /** The first message of this type; null when there is none. */
  async find(type: number, what: string): Promise<ByteReader | null> {
    const message = this.messages.find((one) => one.type === type);
    return message ? this.bodyOf(message, what) : null;
  }

  async all(type: number, what: string): Promise<ByteReader[]> {
    const found = this.messages.filter((one) => one.type === type);
    return Promise.all(found.map((message) => this.bodyOf(message, what)));
  }
}

/** Where a shared message is (section IV.A.2, "Shared Message"). */
export function sharedAddress(reader: ByteReader): number {
  const version = reader.version(1, 2, 3);
  const kind = reader.u8();
  if (version === 1) reader.skip(6);
  if (version === 3 && kind === 1) throw unsupported('Messages in a shared heap are not read.');
  return reader.definedAddress();
}

function addMessage(messages: Message[], message: Message): void {
  if (messages.length >= MAX_MESSAGES) {
    throw new Hdf5Error('too-large', `An object header has more than ${MAX_MESSAGES} messages.`);
  }
  messages.push(message);
}

function continuationOf(metadata: Metadata, body: Uint8Array): Block {
  const reader = metadata.over(body, 'A continuation');
  return { address: reader.definedAddress(), length: reader.length() };
}

/** Follows continuations until none is left. */
async function readBlocks(
  first: Block,
  readBlock: (block: Block, isFirst: boolean) => Promise<Block[]>,
): Promise<void> {
  const blocks = [first];
  const seen = new Set<number>();
  for (let n = 0; n < blocks.length; n++) {
    const block = blocks[n]!;
    if (seen.has(block.address) || n > MAX_CONTINUATIONS) throw damaged('An object header goes on for ever.');
    seen.add(block.address);
    blocks.push(...(await readBlock(block, n === 0)));
  }
}

async function readOld(metadata: Metadata, address: number, prefix: ByteReader): Promise<Message[]> {
  prefix.version(1);
  prefix.skip(1);
  let left = prefix.u16();
  prefix.skip(4);
  const headerBytes = prefix.u32();
  const messages: Message[] = [];
  const prefixBytes = 16;
  await readBlocks({ address: address + prefixBytes, length: headerBytes }, async (block) => {
    const reader = await metadata.read(block.address, block.length, 'An object header');
    const further: Block[] = [];
    while (left > 0 && reader.left >= 8) {
      const type = reader.u16();
      const length = reader.u16();
      const flags = reader.u8();
      const body = reader.skip(3).raw(length);
      left--;
      if (type === MESSAGE.continuation) further.push(continuationOf(metadata, body));
      else addMessage(messages, { type, isShared: (flags & SHARED_FLAG) !== 0, body });
    }
    return further;
  });
  return messages;
}

async function readNew(metadata: Metadata, address: number, prefix: ByteReader): Promise<Message[]> {
  prefix.signature('OHDR').version(2);
  const flags = prefix.u8();
  const hasTimes = (flags & 0x20) !== 0;
  const hasLimits = (flags & 0x10) !== 0;
  const hasOrder = (flags & 0x04) !== 0;
  prefix.skip((hasTimes ? 16 : 0) + (hasLimits ? 4 : 0));
  const chunkBytes = prefix.uint(2 ** (flags & 3));
  const prefixBytes = prefix.at;
  const checksumBytes = 4;
  const headBytes = 4 + (hasOrder ? 2 : 0);
  const messages: Message[] = [];
  const whole = { address, length: prefixBytes + chunkBytes + checksumBytes };
  await readBlocks(whole, async (block, isFirst) => {
    const reader = await metadata.read(block.address, block.length, 'An object header');
    if (isFirst) reader.skip(prefixBytes);
    else reader.signature('OCHK');
    const further: Block[] = [];
    while (reader.left >= headBytes + checksumBytes) {
      const type = reader.u8();
      const length = reader.u16();
      const messageFlags = reader.u8();
      if (hasOrder) reader.skip(2);
      const body = reader.raw(length);
      if (type === MESSAGE.continuation) further.push(continuationOf(metadata, body));
      else addMessage(messages, { type, isShared: (messageFlags & SHARED_FLAG) !== 0, body });
    }
    // A gap too small for a message may stand before the checksum.
    if (reader.left < checksumBytes) throw damaged('A message reaches beyond its object header.');
    reader.skip(reader.left - checksumBytes).checksum();
    return further;
  });
  return messages;
}
