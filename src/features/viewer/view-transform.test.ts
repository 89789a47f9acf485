import { expect, test } from 'vitest';
import { boxView, centreOf, fitView, imagePoint, MAX_SCALE, transformOf, zoomAt } from './view-transform.ts';

test('a fitted image lies centred and wholly inside', () => {
  const view = fitView([1065, 1030], 800, 600);
  expect(1065 * view.scale).toBeLessThanOrEqual(600);
  expect(view.x + (1030 * view.scale) / 2).toBeCloseTo(400);
  expect(view.y + (1065 * view.scale) / 2).toBeCloseTo(300);
});

test('zooming keeps the image point under the cursor and stays within limits', () => {
  const view = fitView([1000, 1000], 500, 500);
  const before = imagePoint(view, 123, 321);
  const closer = zoomAt(view, 3, 123, 321, 0.1);
  const after = imagePoint(closer, 123, 321);
  expect(after.fast).toBeCloseTo(before.fast);
  expect(after.slow).toBeCloseTo(before.slow);
  expect(zoomAt(view, 1e9, 0, 0, 0.1).scale).toBe(MAX_SCALE);
  expect(zoomAt(view, 1e-9, 0, 0, 0.1).scale).toBe(0.1);
});

test('the middle of the view survives a window of another size and density', () => {
  const large = { width: 1600, height: 1000, density: 2 };
  const seen = { fast: 300.5, slow: 120, zoom: 3 };
  expect(centreOf(transformOf(seen, large), large)).toEqual(seen);
  const small = { width: 390, height: 500, density: 1 };
  const view = transformOf(seen, small);
  expect(imagePoint(view, 195, 250)).toEqual({ fast: 300.5, slow: 120 });
  expect(view.scale).toBe(3);
});

test('a box fills the canvas, whichever corner it was drawn from; a click is no box', () => {
  const canvas = { width: 800, height: 600, density: 2 };
  const centre = boxView([300, 200], [100, 100], canvas)!;
  expect(centre).toEqual({ fast: 200, slow: 150, zoom: 2 });
  const view = transformOf(centre, canvas);
  expect(imagePoint(view, 0, 0)).toEqual({ fast: 100, slow: 75 });
  expect(boxView([10, 10], [11, 40], canvas)).toBeNull();
});
