import { expect, test } from 'vitest';
import { fitView, imagePoint, MAX_SCALE, zoomAt } from './view-transform.ts';

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
