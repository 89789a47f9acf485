import type { Dtype } from '#src/shared/model/dtype.ts';
import type { ChunkFilter } from './chunk-filters.ts';
import { buildData } from './master-data.ts';
import { buildDetector } from './master-detector.ts';
import { checkMasterInput, type MasterInput, masterRows } from './master-input.ts';
import { buildSample } from './master-sample.ts';
import {
  type Attributes,
  dataset,
  type GroupNode,
  group,
  type LinkNode,
  scalar,
  text,
} from './tree-nodes.ts';
import { encodeTree } from './tree-writer.ts';

/** Where a channel's mask lies in the master, for viewers that read it by range. */
export interface StoredMask {
  channel: string;
  offset: number;
  sizeBytes: number;
  dtype: Dtype;
  shape: readonly [rows: number, columns: number];
  filter: ChunkFilter;
}

/** Wavelength in ångström times energy in electronvolt: h·c/e with the exact SI values. */
const WAVELENGTH_A_TIMES_ENERGY_EV = 12_398.419_843_320_03;

/**
 * The NXmx master of a series. Throws Error when the parts of the input contradict each other.
 */
export function buildMaster(input: MasterInput): {
  bytes: Uint8Array<ArrayBuffer>;
  masks: StoredMask[];
} {
  checkMasterInput(input);
  const { detector, masks } = buildDetector(input);
  const entry = group(
    'NXentry',
    {
      definition: dataset(text('NXmx'), { version: text('2024.02') }),
      program_name: dataset(text('Beamdeck')),
      start_time: optionalText(input.startTime),
      end_time: optionalText(input.endTime),
      end_time_estimated: optionalText(estimatedEndTime(input)),
      source: named('NXsource', input.sourceName, input.sourceShortName),
      sample: buildSample(input),
      instrument: group('NXinstrument', {
        name: nameDataset(input.instrumentName, input.instrumentShortName),
        beam: beam(input),
        detector,
      }),
      data: buildData(input),
    },
    { default: text('data'), version: text('1.0') },
  );
  const root = group('NXroot', { entry }, { default: text('entry'), file_name: text(input.fileName) });
  const tree = encodeTree(root);
  return {
    bytes: tree.bytes,
    masks: masks.map(({ channel, node, array: { dtype, shape, filter } }) => {
      const { address, sizeBytes } = tree.dataLocation(node);
      return { channel, offset: address, sizeBytes, dtype, shape, filter };
    }),
  };
}

function beam(input: MasterInput): GroupNode {
  const wavelengthA =
    input.wavelengthA ??
    (input.photonEnergyEv === undefined ? undefined : WAVELENGTH_A_TIMES_ENERGY_EV / input.photonEnergyEv);
  const quantity = (value: number | undefined, units: string) =>
    value === undefined ? undefined : dataset(scalar('f8', value), { units: text(units) });
  return group('NXbeam', {
    incident_wavelength: quantity(wavelengthA, 'angstrom'),
    incident_energy: quantity(input.photonEnergyEv, 'eV'),
    total_flux: quantity(input.totalFluxHz, 'Hz'),
  });
}

/** NXmx wants an estimate even where the end itself is known. */
function estimatedEndTime(input: MasterInput): string | undefined {
  if (input.endTime !== undefined) return input.endTime;
  const { startTime, frameTimeS } = input;
  if (startTime === undefined || frameTimeS === undefined) return undefined;
  const startMs = Date.parse(startTime);
  if (Number.isNaN(startMs)) return undefined;
  return new Date(startMs + 1000 * frameTimeS * masterRows(input)).toISOString();
}

function named(
  nxClass: string,
  name: string | undefined,
  shortName: string | undefined,
): GroupNode | undefined {
  const node = nameDataset(name, shortName);
  return node === undefined ? undefined : group(nxClass, { name: node });
}

function nameDataset(name: string | undefined, shortName: string | undefined): LinkNode | undefined {
  if (name === undefined) return undefined;
  const attributes: Attributes = shortName === undefined ? {} : { short_name: text(shortName) };
  return dataset(text(name), attributes);
}

function optionalText(value: string | undefined): LinkNode | undefined {
  return value === undefined ? undefined : dataset(text(value));
}
