import { dtypeInvalidValue } from '#src/shared/model/dtype.ts';
import { channelDatasetName } from './data-file.ts';
import { type MasterChannel, type MasterInput, masterRows } from './master-input.ts';
import {
  dataset,
  externalLink,
  type GroupNode,
  group,
  type LinkNode,
  scalarOf,
  text,
  texts,
  type VirtualDatasetNode,
  vector,
} from './tree-nodes.ts';

/**
 * `/entry/data` in the forms that readers look for. Links `data_000001`, … lead to the first channel in the data files
 * (neggia for XDS, Albula). One channel: the virtual `data` over all files [image, y, x], named by `signal` (DIALS).
 *
 * Several channels (NXmx v2024.2): `data` is one virtual set [image, channel, y, x], with the names of the channels in
 * `channel`. DIALS takes what `signal` names for three-dimensional, so each channel stands beside it as a set of its own under
 * its name, and `signal` names the first. Channels that differ in size or element type do not fit into one array: then `data`
 * is the first channel, as if it were alone.
 */
export function buildData(input: MasterInput): GroupNode {
  const rows = masterRows(input);
  if (rows === 0) return group('NXdata', {}); // a series that ended without images has nothing to point at
  const links: Record<string, LinkNode> = {};
  for (const [index, file] of input.dataFiles.entries()) {
    links[`data_${String(index + 1).padStart(6, '0')}`] = externalLink(file.fileName, '/entry/data/data');
  }
  if (!isOneArray(input.channels)) {
    for (const channel of input.channels.keys()) {
      links[channelDatasetName(input.channels, channel)] = channelSet(input, channel);
    }
    return group('NXdata', links, { signal: text('data') });
  }
  const names = setNames(input.channels, links);
  links.data = allChannelsSet(input);
  links.channel = dataset(texts(input.channels.map(({ name }) => name)));
  links.image_id = dataset(
    vector(
      'u4',
      Array.from({ length: rows }, (_, row) => row),
    ),
  );
  for (const [channel, name] of names.entries()) links[name] = channelSet(input, channel);
  return group('NXdata', links, { signal: text(names[0]!), auxiliary_signals: texts(names.slice(1)) });
}

function isOneArray(channels: readonly MasterChannel[]): boolean {
  const first = channels[0]!;
  const alike = ({ dtype, shape }: MasterChannel) =>
    dtype === first.dtype && shape[0] === first.shape[0] && shape[1] === first.shape[1];
  return channels.length > 1 && channels.every(alike);
}

/** Channel names come from the detector: one that stands for something else already gets its number behind it. */
function setNames(channels: readonly MasterChannel[], links: Readonly<Record<string, LinkNode>>): string[] {
  const taken = new Set(['data', 'channel', 'image_id', ...Object.keys(links)]);
  return channels.map(({ name }, channel) => {
    let unique = name;
    while (taken.has(unique)) unique = `${unique}_${channel + 1}`;
    taken.add(unique);
    return unique;
  });
}

/** One channel over all files, [image, y, x]. */
function channelSet(input: MasterInput, channel: number): VirtualDatasetNode {
  const { name, dtype, shape } = input.channels[channel]!;
  return {
    kind: 'virtualDataset',
    attributes: { channel: text(name) },
    dtype,
    shape: [masterRows(input), ...shape],
    fillValue: scalarOf(dtype, dtypeInvalidValue(dtype)),
    sources: channelSources(input, channel).map(({ firstRow, ...source }) => ({
      ...source,
      target: { start: [firstRow, 0, 0], count: source.shape },
    })),
  };
}

/** All channels over all files, [image, channel, y, x]. An image that lacks a channel holds the invalid value there. */
function allChannelsSet(input: MasterInput): VirtualDatasetNode {
  const { dtype, shape } = input.channels[0]!;
  return {
    kind: 'virtualDataset',
    attributes: { axes: texts(['image_id', 'channel', '.', '.']) },
    dtype,
    shape: [masterRows(input), input.channels.length, ...shape],
    fillValue: scalarOf(dtype, dtypeInvalidValue(dtype)),
    sources: input.channels.flatMap((_, channel) =>
      channelSources(input, channel).map(({ firstRow, ...source }) => ({
        ...source,
        target: { start: [firstRow, channel, 0, 0], count: [source.shape[0]!, 1, ...shape] },
      })),
    ),
  };
}

function channelSources(input: MasterInput, channel: number) {
  const { shape } = input.channels[channel]!;
  return input.dataFiles.map(({ fileName, firstImage, frames }) => ({
    fileName,
    path: `/entry/data/${channelDatasetName(input.channels, channel)}`,
    shape: [frames, ...shape],
    firstRow: firstImage - 1,
  }));
}
