import { expect, test } from 'vitest';
import { VIEWER_KEYS, viewerActions } from './viewer-actions.ts';
import { createViewerStore, viewerStateFromUrl, viewerStateToUrl } from './viewer-store.ts';

test('a link restores the view that was seen', () => {
  const seen = createViewerStore({
    frame: 3,
    range: { low: 2, high: 40.5 },
    transfer: 'log',
    colourMap: 'viridis',
    inverted: false,
    showMask: false,
    view: { scale: 2.5, x: -120.5, y: 33 },
  }).getState();
  const restored = createViewerStore({ frame: 3, ...viewerStateFromUrl(viewerStateToUrl(seen)) }).getState();
  expect(restored).toEqual(seen);
  expect(viewerStateToUrl(createViewerStore({}).getState()).toString()).toBe('');
});

test('a broken link falls back to the standard view', () => {
  const broken = new URLSearchParams('low=5&high=2&map=pink&scale=cubic&zoom=-1&x=a&y=');
  expect(viewerStateFromUrl(broken)).toEqual({});
});

test('steps stay inside the dataset and stop following', () => {
  const store = createViewerStore({ frame: 8, follow: true });
  const actions = viewerActions(store, { frames: 10, stored: 7, range: () => ({ low: 0, high: 10 }) });
  actions.step(10);
  expect(store.getState()).toMatchObject({ frame: 9, follow: false });
  actions.goToLast();
  expect(store.getState().frame).toBe(6);
  actions.step(-100);
  expect(store.getState().frame).toBe(0);
});

test('the last frame of a dataset without any stored yet is the last announced', () => {
  const store = createViewerStore({});
  viewerActions(store, { frames: 10, stored: 0, range: () => ({ low: 0, high: 10 }) }).goToLast();
  expect(store.getState().frame).toBe(9);
});

test('contrast keys narrow and widen the range from what is shown', () => {
  const store = createViewerStore({});
  const actions = viewerActions(store, {
    frames: 1,
    stored: 1,
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
