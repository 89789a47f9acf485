import { expect, test } from 'vitest';
import { linkStores } from './linked-stores.ts';
import { viewerActions } from './viewer-actions.ts';
import { VIEWER_KEYS } from './viewer-keys.ts';
import { viewerStateFromUrl, viewerStateToUrl } from './viewer-link.ts';
import { createViewerStore, type ViewerState } from './viewer-store.ts';

const SHAPE = [1000, 800] as const;

test('a link restores the view that was seen', () => {
  const seen = createViewerStore({
    frame: 3,
    range: { low: 2, high: 40.5 },
    transfer: 'log',
    colourMap: 'viridis',
    inverted: false,
    showMask: false,
    maskColour: 'red',
    view: { zoom: 2.5, fast: 120.5, slow: 33.25 },
    channel: 'threshold_2',
    stack: { kind: 'max', frames: 7 },
    rings: true,
    ringsA: [3.5, 2],
    iceRings: true,
    beamCross: false,
    spots: true,
    spotRun: '0190f2f4-6a7b-7c3d-8e9f-0a1b2c3d4e60',
    spotKinds: ['found', 'predicted'],
    spotSizePx: 12,
    geometry: {
      beamXPx: 1030.25,
      beamYPx: -4,
      distanceM: 0.15,
      wavelengthA: 0.98,
      twoThetaDeg: -20,
      twoThetaAxis: 'slow',
      tiltFastDeg: 1,
      tiltSlowDeg: 2,
    },
    shape: { kind: 'circle', from: [10, 20.5], to: [30, 20.5] },
    drawer: 'measure',
    beside: { datasetId: '0190f2f4-6a7b-7c3d-8e9f-0a1b2c3d4e5f', offset: -2 },
    rate: 10,
    loop: true,
  } satisfies Partial<ViewerState>).getState();
  const restored = createViewerStore({ frame: 3, ...viewerStateFromUrl(viewerStateToUrl(seen)) }).getState();
  expect(restored).toEqual(seen);
  expect(viewerStateToUrl(createViewerStore({}).getState()).toString()).toBe('');
});

test('a broken link falls back to the standard view', () => {
  const broken = new URLSearchParams(
    'low=5&high=2&map=pink&scale=cubic&zoom=-1&at=a,&stack=sum&frames=1e9&mark=star,1,2,3,4&distance=-1&rate=7&drawer=none&beside=x,1',
  );
  expect(viewerStateFromUrl(broken)).toEqual({});
});

test('steps stay inside the dataset and stop following', () => {
  const store = createViewerStore({ frame: 8, follow: true });
  const actions = viewerActions(store, {
    frames: 10,
    stored: 7,
    shape: SHAPE,
    range: () => ({ low: 0, high: 10 }),
  });
  actions.step(10);
  expect(store.getState()).toMatchObject({ frame: 9, follow: false });
  actions.goToLast();
  expect(store.getState().frame).toBe(6);
  actions.step(-100);
  expect(store.getState().frame).toBe(0);
});

test('the last frame of a dataset without any stored yet is the last announced', () => {
  const store = createViewerStore({});
  viewerActions(store, {
    frames: 10,
    stored: 0,
    shape: SHAPE,
    range: () => ({ low: 0, high: 10 }),
  }).goToLast();
  expect(store.getState().frame).toBe(9);
});

test('contrast keys narrow and widen the range from what is shown', () => {
  const store = createViewerStore({});
  const actions = viewerActions(store, {
    frames: 1,
    stored: 1,
    shape: SHAPE,
    range: () => store.getState().range ?? { low: 0, high: 100 },
  });
  actions.moreContrast();
  expect(store.getState().range).toEqual({ low: 0, high: 80 });
  actions.lessContrast();
  expect(store.getState().range).toEqual({ low: 0, high: 100 });
  actions.autoContrast();
  expect(store.getState().range).toBeNull();
});

test('no key does two things', () => {
  const all = VIEWER_KEYS.map((k) => k.keys);
  expect(new Set(all).size).toBe(all.length);
});

test('rings without typed values are a link too; zoom keys keep the middle and end at the limits', () => {
  const store = createViewerStore({ rings: true, canvas: { width: 400, height: 500, density: 2 } });
  expect(viewerStateToUrl(store.getState()).get('rings')).toBe('auto');
  expect(viewerStateFromUrl(new URLSearchParams('rings=auto'))).toEqual({ rings: true, ringsA: [] });
  const actions = viewerActions(store, {
    frames: 1,
    stored: 1,
    shape: SHAPE,
    range: () => ({ low: 0, high: 1 }),
  });
  actions.zoomBy(2);
  expect(store.getState().view).toMatchObject({ fast: 400, slow: 500 });
  expect(store.getState().view!.zoom).toBeCloseTo(0.49, 9);
  actions.oneToOne();
  expect(store.getState().view).toEqual({ fast: 400, slow: 500, zoom: 0.5 });
  actions.zoomBy(1e9);
  expect(store.getState().view!.zoom).toBe(32);
  actions.fit();
  expect(store.getState().view).toBeNull();
});

test('playing, following and stepping exclude each other', () => {
  const store = createViewerStore({ follow: true });
  const actions = viewerActions(store, {
    frames: 9,
    stored: 9,
    shape: SHAPE,
    range: () => ({ low: 0, high: 1 }),
  });
  actions.togglePlaying();
  expect(store.getState()).toMatchObject({ playing: true, follow: false });
  actions.step(1);
  expect(store.getState()).toMatchObject({ playing: false, frame: 1 });
  actions.togglePlaying();
  actions.toggleFollow();
  expect(store.getState()).toMatchObject({ playing: false, follow: true });
});

test('two pictures side by side keep zoom and frame, whichever is moved', () => {
  const first = createViewerStore({ frame: 4, inverted: false });
  const second = createViewerStore({});
  const end = linkStores(first, second, 3);
  expect(second.getState()).toMatchObject({ frame: 7, inverted: false });
  second.setState({ view: { fast: 1, slow: 2, zoom: 3 } });
  expect(first.getState()).toMatchObject({ frame: 4, view: { fast: 1, slow: 2, zoom: 3 } });
  first.setState({ frame: 5, view: null });
  expect(second.getState()).toMatchObject({ frame: 8, view: null });
  end();
  first.setState({ frame: 0 });
  expect(second.getState().frame).toBe(8);
});
