import { DTYPES, type Dtype } from '../model/dtype.ts';
import type { StreamArray, StreamAxis, StreamAxisName } from '../model/stream.ts';
import { type CborMap, CborTag, type CborValue } from './cbor-reader.ts';
import { CodecError } from './codec-error.ts';
import { readStreamArray, StreamDecodeError, TAG_DATE } from './stream-values.ts';

export const AXES: readonly StreamAxisName[] = ['chi', 'kappa', 'omega', 'phi', 'two_theta'];
export const MAX_NAME_LENGTH = 64;
export const MAX_ID_LENGTH = 128;

/** Element types as SIMPLON names them. */
export const SIMPLON_DTYPES: ReadonlyMap<string, Dtype> = new Map([
  ['uint8', 'u1'],
  ['uint16', 'u2'],
  ['uint32', 'u4'],
  ['uint64', 'u8'],
  ['int8', 'i1'],
  ['int16', 'i2'],
  ['int32', 'i4'],
  ['int64', 'i8'],
  ['float32', 'f4'],
  ['float64', 'f8'],
]);

export function isMap(value: CborValue): value is CborMap {
  return value instanceof Map;
}

export function readDate(value: CborValue): string | null {
  const text = value instanceof CborTag && value.tag === TAG_DATE ? value.value : value;
  return typeof text === 'string' && text.length <= MAX_ID_LENGTH ? text : null;
}

/** Channel names become names of HDF5 data sets and of files' parts: nothing that could be a path. */
export function isChannelName(name: string): boolean {
  return (
    name.length > 0 && name.length <= MAX_NAME_LENGTH && /^[A-Za-z0-9_.-]+$/.test(name) && !/^\.+$/.test(name)
  );
}

/** Reads the optional keys of a start (a CBOR map, or the members of a JSON object); what has the wrong type is reported and taken as missing. */
export class StartFields {
  readonly warnings: string[] = [];
  private readonly map: CborMap;

  constructor(map: CborMap) {
    this.map = map;
  }

  private optional<T>(key: string, wanted: string, convert: (value: CborValue) => T | null): T | null {
    const value = this.map.get(key);
    if (value === undefined || value === null) return null;
    const converted = convert(value);
    if (converted === null) this.warnings.push(`${key} is not ${wanted}`);
    return converted;
  }

  number(key: string): number | null {
    return this.optional(key, 'a finite number', (value) => {
      const number = typeof value === 'bigint' ? Number(value) : value;
      return typeof number === 'number' && Number.isFinite(number) ? number : null;
    });
  }

  positive(key: string): number | null {
    const value = this.number(key);
    // Zero and negative sizes, energies and distances are detectors' way of saying "not set".
    return value !== null && value > 0 ? value : null;
  }

  integer(key: string, min: number): number | null {
    return this.optional(key, `an integer of at least ${min}`, (value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= min ? value : null,
    );
  }

  text(key: string): string | null {
    return this.optional(key, 'a text of at most 1000 characters', (value) =>
      typeof value === 'string' && value.length <= 1000 ? value : null,
    );
  }

  /** True and false, which Stream V1 says as 1 and 0. */
  flag(key: string): boolean | null {
    return this.optional(key, 'true or false', (value) => {
      if (value === 0 || value === 1) return value === 1;
      return typeof value === 'boolean' ? value : null;
    });
  }

  date(key: string): string | null {
    return this.optional(key, 'a date', readDate);
  }

  dtype(key: string): Dtype | null {
    return this.optional(key, 'a known element type', (value) => {
      if (typeof value !== 'string') return null;
      const short = DTYPES.find((dtype) => dtype === value);
      return short ?? SIMPLON_DTYPES.get(value) ?? null;
    });
  }

  translation(key: string): [number, number, number] | null {
    return this.optional(key, 'three numbers', (value) => {
      if (!Array.isArray(value) || value.length !== 3) return null;
      const [x, y, z] = value as readonly CborValue[];
      return typeof x === 'number' && typeof y === 'number' && typeof z === 'number' ? [x, y, z] : null;
    });
  }

  channels(key: string): string[] {
    const channels = this.optional(key, 'a list of names', (value) => {
      if (!Array.isArray(value)) return null;
      const names = value.filter((name) => typeof name === 'string' && isChannelName(name)) as string[];
      return names.length === value.length ? names : null;
    });
    return channels ?? [];
  }

  goniometer(key: string): Partial<Record<StreamAxisName, StreamAxis>> {
    const axes: Partial<Record<StreamAxisName, StreamAxis>> = {};
    const value = this.map.get(key);
    if (value === undefined || value === null) return axes;
    if (!isMap(value)) {
      this.warnings.push(`${key} is not a map`);
      return axes;
    }
    for (const name of AXES) {
      const axis = value.get(name);
      if (axis === undefined || axis === null) continue;
      const startDeg = isMap(axis) ? axis.get('start') : null;
      const incrementDeg = isMap(axis) ? axis.get('increment') : null;
      if (typeof startDeg === 'number' && typeof incrementDeg === 'number')
        axes[name] = { startDeg, incrementDeg };
      else this.warnings.push(`${key} ${name} has no start and increment`);
    }
    return axes;
  }

  /** A map from channel to something; entries that cannot be read are reported and left out. */
  perChannel<T>(key: string, read: (value: CborValue) => T): Map<string, T> {
    const entries = new Map<string, T>();
    const value = this.map.get(key);
    if (value === undefined || value === null) return entries;
    if (!isMap(value)) {
      this.warnings.push(`${key} is not a map of channels`);
      return entries;
    }
    for (const [channel, content] of value) {
      if (typeof channel !== 'string' || !isChannelName(channel)) {
        this.warnings.push(`${key} has a channel without a usable name`);
        continue;
      }
      try {
        entries.set(channel, read(content));
      } catch (error) {
        if (!(error instanceof StreamDecodeError) && !(error instanceof CodecError)) throw error;
        this.warnings.push(`${key} of ${channel}: ${error.message}`);
      }
    }
    return entries;
  }

  array(key: string): StreamArray | null {
    const value = this.map.get(key);
    if (value === undefined || value === null) return null;
    try {
      return readStreamArray(value);
    } catch (error) {
      if (!(error instanceof StreamDecodeError) && !(error instanceof CodecError)) throw error;
      this.warnings.push(`${key}: ${error.message}`);
      return null;
    }
  }
}
