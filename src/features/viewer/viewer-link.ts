import { SPOT_KINDS } from '#src/shared/codecs/spots-file.ts';
import { isUuid } from '#src/shared/model/uuid.ts';
import { COLOUR_MAP_NAMES } from './colour-maps.ts';
import type { GeometryOverride } from './detector-plane.ts';
import { STACK_KINDS } from './frame-stack.ts';
import { PLAY_RATES } from './play-step.ts';
import type { MarkedShape } from './region-statistics.ts';
import { DRAWER_TABS, INITIAL_VIEW, MASK_COLOURS, type ViewerState } from './viewer-store.ts';

/** What a link of the viewer says; unknown and broken values fall back to the standard. */

const number = (text: string | null): number | null => {
  if (text === null || text.trim() === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
};
const oneOf = <Name extends string>(names: readonly Name[], text: string | null): Name | undefined =>
  names.find((name) => name === text);
/** "1,2,3" of exactly so many numbers. */
const numbers = (text: string | null, count: number): number[] | null => {
  const values = (text ?? '').split(',').map(number);
  return values.length === count && values.every((value) => value !== null) ? values : null;
};
/** As short as it can be without moving anything by a hundredth of a pixel. */
const short = (value: number, digits = 2) => String(Number(value.toFixed(digits)));

export const MOST_STACKED = 100;

/** Numbers of the geometry, each with its name in the link; those marked must be positive. */
const GEOMETRY_FIELDS = [
  ['beamXPx', 'beam-x', false],
  ['beamYPx', 'beam-y', false],
  ['distanceM', 'distance', true],
  ['wavelengthA', 'wavelength', true],
  ['twoThetaDeg', 'two-theta', false],
  ['tiltFastDeg', 'tilt-fast', false],
  ['tiltSlowDeg', 'tilt-slow', false],
] as const;

export function geometryFromLink(query: URLSearchParams): GeometryOverride {
  const geometry: GeometryOverride = {};
  for (const [field, name, mustBePositive] of GEOMETRY_FIELDS) {
    const value = number(query.get(name));
    if (value !== null && (value > 0 || !mustBePositive)) geometry[field] = value;
  }
  if (query.get('two-theta-about') === 'slow') geometry.twoThetaAxis = 'slow';
  return geometry;
}

export function geometryToLink(geometry: GeometryOverride, query: URLSearchParams): void {
  for (const [field, name] of GEOMETRY_FIELDS) {
    const value = geometry[field];
    if (value !== undefined) query.set(name, String(value));
  }
  if (geometry.twoThetaAxis === 'slow') query.set('two-theta-about', 'slow');
}

function shapeFromLink(text: string | null): MarkedShape | null {
  const [kindText = '', ...rest] = (text ?? '').split(',');
  const kind = oneOf(['line', 'rectangle', 'circle'] as const, kindText);
  const ends = numbers(rest.join(','), 4);
  return kind && ends ? { kind, from: [ends[0]!, ends[1]!], to: [ends[2]!, ends[3]!] } : null;
}

function besideFromLink(text: string | null): ViewerState['beside'] {
  const [id = '', offsetText = ''] = (text ?? '').split(',');
  const offset = number(offsetText);
  if (offset === null || !Number.isInteger(offset) || (id !== 'this' && !isUuid(id))) return null;
  return { datasetId: id === 'this' ? null : id, offset };
}

function ringsFromLink(text: string | null): Partial<ViewerState> {
  if (text === null) return {};
  const values = text.split(',').map(number);
  const ringsA = values.filter((d) => d !== null && d > 0) as number[];
  return { rings: true, ringsA: text === 'auto' ? [] : ringsA.slice(0, 20) };
}

export const SPOT_SIZES = { least: 2, most: 30 } as const;

function spotsFromLink(query: URLSearchParams): Partial<ViewerState> {
  const run = query.get('spots');
  if (run === null) return {};
  const kinds = query.get('spot-kinds')?.split(',');
  const size = number(query.get('spot-size'));
  return {
    spots: true,
    ...(isUuid(run) ? { spotRun: run } : {}),
    ...(kinds ? { spotKinds: SPOT_KINDS.filter((kind) => kinds.includes(kind)) } : {}),
    ...(size !== null && size >= SPOT_SIZES.least && size <= SPOT_SIZES.most ? { spotSizePx: size } : {}),
  };
}

export function viewerStateFromUrl(query: URLSearchParams): Partial<ViewerState> {
  const [low, high] = [number(query.get('low')), number(query.get('high'))];
  const at = numbers(query.get('at'), 2);
  const zoom = number(query.get('zoom'));
  const colourMap = oneOf(COLOUR_MAP_NAMES, query.get('map'));
  const transfer = oneOf(['linear', 'log', 'sqrt'] as const, query.get('scale'));
  const maskColour = oneOf(MASK_COLOURS, query.get('mask-colour'));
  const drawer = oneOf(DRAWER_TABS, query.get('drawer'));
  const channel = query.get('channel');
  const kind = oneOf(STACK_KINDS, query.get('stack'));
  const stacked = number(query.get('frames'));
  const isStack =
    kind && stacked !== null && Number.isInteger(stacked) && stacked > 1 && stacked <= MOST_STACKED;
  const geometry = geometryFromLink(query);
  const shape = shapeFromLink(query.get('mark'));
  const beside = besideFromLink(query.get('beside'));
  const rate = number(query.get('rate'));
  return {
    ...(low !== null && high !== null && high > low ? { range: { low, high } } : {}),
    ...(at && zoom !== null && zoom > 0 ? { view: { fast: at[0]!, slow: at[1]!, zoom } } : {}),
    ...(colourMap ? { colourMap } : {}),
    ...(transfer ? { transfer } : {}),
    ...(query.get('invert') === '0' ? { inverted: false } : {}),
    ...(query.get('mask') === '0' ? { showMask: false } : {}),
    ...(maskColour ? { maskColour } : {}),
    ...(query.get('follow') === '1' ? { follow: true } : {}),
    ...(channel ? { channel } : {}),
    ...(isStack ? { stack: { kind, frames: stacked } } : {}),
    ...ringsFromLink(query.get('rings')),
    ...(query.get('ice') === '1' ? { iceRings: true } : {}),
    ...spotsFromLink(query),
    ...(query.get('cross') === '0' ? { beamCross: false } : {}),
    ...(Object.keys(geometry).length > 0 ? { geometry } : {}),
    ...(shape ? { shape } : {}),
    ...(drawer ? { drawer } : {}),
    ...(beside ? { beside } : {}),
    ...(rate !== null && PLAY_RATES.includes(rate) ? { rate } : {}),
    ...(query.get('loop') === '1' ? { loop: true } : {}),
  };
}

/** The query of a link that restores this view: only what differs from the standard. */
export function viewerStateToUrl(state: ViewerState): URLSearchParams {
  const query = new URLSearchParams();
  if (state.range) {
    query.set('low', String(state.range.low));
    query.set('high', String(state.range.high));
  }
  if (state.colourMap !== INITIAL_VIEW.colourMap) query.set('map', state.colourMap);
  if (state.transfer !== INITIAL_VIEW.transfer) query.set('scale', state.transfer);
  if (!state.inverted) query.set('invert', '0');
  if (!state.showMask) query.set('mask', '0');
  if (state.maskColour !== INITIAL_VIEW.maskColour) query.set('mask-colour', state.maskColour);
  if (state.follow) query.set('follow', '1');
  if (state.channel !== null) query.set('channel', state.channel);
  if (state.view) {
    query.set('zoom', String(Number(state.view.zoom.toPrecision(5))));
    query.set('at', `${short(state.view.fast)},${short(state.view.slow)}`);
  }
  if (state.stack.frames > 1) {
    query.set('stack', state.stack.kind);
    query.set('frames', String(state.stack.frames));
  }
  if (state.rings) query.set('rings', state.ringsA.length > 0 ? state.ringsA.join(',') : 'auto');
  if (state.iceRings) query.set('ice', '1');
  if (state.spots) {
    query.set('spots', state.spotRun ?? 'best');
    if (state.spotKinds.length < SPOT_KINDS.length) query.set('spot-kinds', state.spotKinds.join(','));
    if (state.spotSizePx !== INITIAL_VIEW.spotSizePx) query.set('spot-size', String(state.spotSizePx));
  }
  if (!state.beamCross) query.set('cross', '0');
  geometryToLink(state.geometry, query);
  if (state.shape) {
    const { kind, from, to } = state.shape;
    query.set('mark', [kind, ...[...from, ...to].map((value) => short(value))].join(','));
  }
  if (state.drawer) query.set('drawer', state.drawer);
  if (state.beside) query.set('beside', `${state.beside.datasetId ?? 'this'},${state.beside.offset}`);
  if (state.rate !== INITIAL_VIEW.rate) query.set('rate', String(state.rate));
  if (state.loop) query.set('loop', '1');
  return query;
}
