import { byteLength } from '#src/shared/model/dtype.ts';
import { filterDescription } from './chunk-filters.ts';
import type { FileAddress } from './format/byte-writer.ts';
import { elementBytes } from './format/datatype.ts';
import {
  encodeFixedArrayDataBlock,
  encodeFixedArrayHeader,
  FIXED_ARRAY_HEADER_BYTES,
  type FixedArrayForm,
  fixedArrayPageBits,
  type StoredChunk,
} from './format/fixed-array.ts';
import {
  attributeMessage,
  chunkedLayoutMessage,
  compactLayoutMessage,
  contiguousLayoutMessage,
  dataspaceMessage,
  datatypeMessage,
  fillValueMessage,
  filterPipelineMessage,
  groupInfoMessage,
  type LinkTarget,
  linkInfoMessage,
  linkMessage,
  virtualLayoutMessage,
} from './format/messages.ts';
import { encodeObjectHeader, type HeaderMessage } from './format/object-header.ts';
import { encodeSuperblock, SUPERBLOCK_BYTES } from './format/superblock.ts';
import { encodeVirtualMappingHeap, VIRTUAL_MAPPING_HEAP_INDEX } from './format/virtual-mapping.ts';
import type {
  Attributes,
  ChunkedDatasetNode,
  DatasetNode,
  GroupNode,
  LinkNode,
  ObjectNode,
  VirtualDatasetNode,
} from './tree-nodes.ts';

/** Data up to this size go into the object header; larger ones follow the metadata. */
const COMPACT_DATA_BYTES = 4096;

/** The library addresses a chunk's size with 32 bits (layout version 4). */
const MAX_CHUNK_BYTES = 2 ** 32 - 1;

/** A piece of the file. Its size is known before its address, its bytes only when all addresses are known. */
interface Block {
  sizeBytes: number;
  address: FileAddress;
  encode: () => Uint8Array;
}

export interface EncodedTree {
  bytes: Uint8Array<ArrayBuffer>;
  /** Where the writer put a dataset's data: the contiguous array, or the first chunk. Throws for data inside a header. */
  dataLocation(node: DatasetNode | ChunkedDatasetNode): StoredChunk;
}

/**
 * Encodes a whole file, or, when the chunks are stored elsewhere, its head.
 *
 * The size depends only on the tree's shape (names, types, number of chunks), never on chunk addresses or sizes.
 * @param fileBytes total size of the file when more follows the tree; default: the tree is the whole file
 */
export function encodeTree(root: GroupNode, fileBytes?: number): EncodedTree {
  const layout = new TreeLayout();
  const rootBlock = layout.placeObject(root);
  return layout.assemble(rootBlock, fileBytes);
}

class TreeLayout {
  private readonly metadata: Block[] = [];
  private readonly rawData: Block[] = [];
  private readonly placed = new Map<ObjectNode, Block>();
  private readonly dataBlocks = new Map<ObjectNode, Block>();

  placeObject(node: ObjectNode): Block {
    const known = this.placed.get(node);
    if (known !== undefined) return known;
    const block: Block = { sizeBytes: 0, address: undefined, encode: () => new Uint8Array(0) };
    this.placed.set(node, block);
    this.metadata.push(block);
    const messages = this.headerMessages(node);
    block.encode = () => encodeObjectHeader(messages());
    block.sizeBytes = block.encode().length;
    return block;
  }

  private headerMessages(node: ObjectNode): () => HeaderMessage[] {
    switch (node.kind) {
      case 'group':
        return this.groupMessages(node);
      case 'dataset':
        return this.datasetMessages(node);
      case 'chunkedDataset':
        return this.chunkedMessages(node);
      case 'virtualDataset':
        return this.virtualMessages(node);
    }
  }

  private groupMessages(node: GroupNode): () => HeaderMessage[] {
    const targets = [...node.links].map(([name, link]) => ({ name, target: this.linkTarget(link) }));
    return () => [
      linkInfoMessage(),
      groupInfoMessage(),
      ...targets.map(({ name, target }) => linkMessage(name, target())),
      ...attributeMessages(node.attributes),
    ];
  }

  private linkTarget(link: LinkNode): () => LinkTarget {
    switch (link.kind) {
      case 'softLink':
        return () => ({ kind: 'soft', path: link.path });
      case 'externalLink':
        return () => ({ kind: 'external', fileName: link.fileName, path: link.path });
      default: {
        const block = this.placeObject(link);
        return () => ({ kind: 'hard', address: block.address });
      }
    }
  }

  private datasetMessages(node: DatasetNode): () => HeaderMessage[] {
    const { type, shape, bytes } = node.value;
    const expectedBytes = elementCount(shape) * elementBytes(type);
    if (bytes.length !== expectedBytes) {
      throw new Error(
        `a dataset of shape [${shape.join(', ')}] needs ${expectedBytes} bytes, got ${bytes.length}`,
      );
    }
    const compact = bytes.length <= COMPACT_DATA_BYTES && node.contiguous !== true;
    const data = compact ? undefined : this.placeRaw(bytes);
    if (data !== undefined) this.dataBlocks.set(node, data);
    return () => [
      dataspaceMessage(shape),
      datatypeMessage(type),
      fillValueMessage(compact ? 'early' : 'late'),
      data === undefined ? compactLayoutMessage(bytes) : contiguousLayoutMessage(data.address, bytes.length),
      ...attributeMessages(node.attributes),
    ];
  }

  private chunkedMessages(node: ChunkedDatasetNode): () => HeaderMessage[] {
    const unfilteredChunkBytes = elementCount(node.chunkShape) * byteLength(node.dtype);
    if (unfilteredChunkBytes > MAX_CHUNK_BYTES) {
      throw new Error(`a chunk of ${unfilteredChunkBytes} bytes is too large for HDF5 (limit 4 GiB)`);
    }
    const filter = filterDescription(node.filter, node.dtype);
    const form: FixedArrayForm = {
      filtered: filter !== undefined,
      unfilteredChunkBytes,
      entryCount: chunkCount(node),
    };
    const stored = this.storedChunks(node);
    // Header and data block point at each other; sizes do not depend on addresses, so one may be filled in late.
    const header: Block = {
      sizeBytes: FIXED_ARRAY_HEADER_BYTES,
      address: undefined,
      encode: () => new Uint8Array(0),
    };
    this.metadata.push(header);
    const dataBlock = this.placeMetadata(() => encodeFixedArrayDataBlock(form, header.address, stored()));
    header.encode = () => encodeFixedArrayHeader(form, dataBlock.address);
    const pageBits = fixedArrayPageBits(form.entryCount);
    return () => [
      dataspaceMessage(node.shape),
      datatypeMessage(node.dtype),
      fillValueMessage('incremental', node.fillValue?.bytes),
      chunkedLayoutMessage(node.chunkShape, byteLength(node.dtype), pageBits, header.address),
      ...(filter === undefined ? [] : [filterPipelineMessage(filter)]),
      ...attributeMessages(node.attributes),
    ];
  }

  private storedChunks(node: ChunkedDatasetNode): () => (StoredChunk | undefined)[] {
    const { source } = node;
    if (source.chunks.length !== chunkCount(node)) {
      throw new Error(`${source.chunks.length} chunks given for a grid of ${chunkCount(node)}`);
    }
    if (source.place === 'stored') return () => [...source.chunks];
    const blocks = source.chunks.map((bytes) => (bytes === undefined ? undefined : this.placeRaw(bytes)));
    if (blocks[0] !== undefined) this.dataBlocks.set(node, blocks[0]);
    return () => blocks.map((block) => (block === undefined ? undefined : placement(block)));
  }

  private virtualMessages(node: VirtualDatasetNode): () => HeaderMessage[] {
    const heap = encodeVirtualMappingHeap(node.sources);
    const heapBlock = this.placeMetadata(() => heap);
    return () => [
      dataspaceMessage(node.shape),
      datatypeMessage(node.dtype),
      fillValueMessage('incremental', node.fillValue?.bytes),
      virtualLayoutMessage(heapBlock.address, VIRTUAL_MAPPING_HEAP_INDEX),
      ...attributeMessages(node.attributes),
    ];
  }

  private placeMetadata(encode: () => Uint8Array): Block {
    const block: Block = { sizeBytes: encode().length, address: undefined, encode };
    this.metadata.push(block);
    return block;
  }

  private placeRaw(bytes: Uint8Array): Block {
    const block: Block = { sizeBytes: bytes.length, address: undefined, encode: () => bytes };
    this.rawData.push(block);
    return block;
  }

  assemble(root: Block, fileBytes: number | undefined): EncodedTree {
    const blocks = [...this.metadata, ...this.rawData];
    let end = SUPERBLOCK_BYTES;
    for (const block of blocks) {
      block.address = Math.ceil(end / 8) * 8;
      end = block.address + block.sizeBytes;
    }
    const bytes = new Uint8Array(end);
    bytes.set(encodeSuperblock(fileBytes ?? end, root.address!));
    for (const block of blocks) bytes.set(block.encode(), block.address);
    return {
      bytes,
      dataLocation: (node) => {
        const block = this.dataBlocks.get(node);
        if (block === undefined) throw new Error('the dataset has no data of its own outside the headers');
        return placement(block);
      },
    };
  }
}

/** Before the addresses are assigned (when only sizes count) 0 stands in. */
function placement(block: Block): StoredChunk {
  return { address: block.address ?? 0, sizeBytes: block.sizeBytes };
}

function attributeMessages(attributes: Attributes): HeaderMessage[] {
  return Object.entries(attributes).map(([name, { type, shape, bytes }]) =>
    attributeMessage(name, type, shape, bytes),
  );
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

function chunkCount(node: ChunkedDatasetNode): number {
  return node.shape.reduce(
    (product, extent, axis) => product * Math.ceil(extent / (node.chunkShape[axis] ?? 1)),
    1,
  );
}
