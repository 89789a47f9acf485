import type { DefaultPlot } from './nodes.ts';

/** What of a file must be known to find what NeXus wants to be drawn. */
export interface NexusLook {
  attribute(path: string, name: string): string | number | readonly string[] | null;
  names(path: string): readonly string[];
  /** Null: no dataset. */
  shape(path: string): readonly number[] | null;
}

const MOST_STEPS = 8;
const MOST_LOOKED_AT = 100;

const under = (group: string, name: string) =>
  name.startsWith('/') ? name : `${group === '/' ? '' : group}/${name}`;

function textAttribute(look: NexusLook, path: string, name: string): string | null {
  const value = look.attribute(path, name);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Legacy: the dataset says `signal=1` itself, and its axes as "x:y" or "x,y". */
function legacySignal(look: NexusLook, group: string): string | null {
  for (const name of look.names(group).slice(0, MOST_LOOKED_AT)) {
    const path = under(group, name);
    const signal = look.attribute(path, 'signal');
    if (String(signal) === '1' && look.shape(path)) return path;
  }
  return null;
}

function axisNames(look: NexusLook, group: string, signal: string): readonly string[] {
  const told = look.attribute(group, 'axes');
  if (Array.isArray(told)) return told;
  if (typeof told === 'string' && told !== '') return [told];
  const legacy = textAttribute(look, signal, 'axes');
  return legacy ? legacy.replace(/^\[|\]$/g, '').split(/[:,]/) : [];
}

/** It is drawn along an axis that has as many numbers as the signal there; edges of bins, one more, are left out. */
function axesOf(look: NexusLook, group: string, signal: string, shape: readonly number[]): (string | null)[] {
  const names = axisNames(look, group, signal);
  return shape.map((length, n) => {
    const name = names[n]?.trim();
    if (!name || name === '.') return null;
    const path = under(group, name);
    const axis = look.shape(path);
    return axis?.length === 1 && axis[0] === length ? path : null;
  });
}

function plotOfData(look: NexusLook, group: string): DefaultPlot | null {
  const told = textAttribute(look, group, 'signal');
  const candidate = told ? under(group, told) : null;
  const signal = candidate && look.shape(candidate) ? candidate : legacySignal(look, group);
  const shape = signal === null ? null : look.shape(signal);
  return signal === null || !shape ? null : { group, signal, axes: axesOf(look, group, signal, shape) };
}

/** The first group of the class, or of what may hold one. */
function childOfClass(look: NexusLook, group: string, wanted: readonly string[]): string | null {
  const named = look.names(group).slice(0, MOST_LOOKED_AT);
  for (const nxClass of wanted) {
    const found = named.find((name) => look.attribute(under(group, name), 'NX_class') === nxClass);
    if (found !== undefined) return under(group, found);
  }
  return null;
}

/**
 * What is to be drawn of a group (NeXus manual, "Associating plottable data"): `@default` leads from group to group to one with `@signal`; in
 * files that do not say it, the first NXdata of the first NXentry. Null: nothing is said.
 */
export function findDefaultPlot(look: NexusLook, from: string): DefaultPlot | null {
  let group = from;
  for (let step = 0; step < MOST_STEPS; step++) {
    const here = plotOfData(look, group);
    if (here) return here;
    const told = textAttribute(look, group, 'default');
    const isData = look.attribute(group, 'NX_class') === 'NXdata';
    const next = told ? under(group, told) : isData ? null : childOfClass(look, group, ['NXdata', 'NXentry']);
    if (next === null) return null;
    group = next;
  }
  return null;
}
