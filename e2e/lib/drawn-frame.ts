import type { Locator, Page } from '@playwright/test';
import { expect } from '../demo-facility.ts';

/**
 * A dataset of the simulated beamline in the list of its experiment, with all its frames in the store. Other journeys leave datasets behind that
 * lack frames or cannot be drawn; the first whole one after a start takes a while.
 */
export function wholeDataset(page: Page): Locator {
  const rows = page.getByRole('list', { name: 'Datasets' }).getByRole('listitem');
  return rows.filter({ hasText: 'lyso_' }).filter({ hasText: 'all verified' }).first();
}

/** The image itself, not an empty canvas: its number stands at the area once it is drawn. */
export async function expectFrameDrawn(page: Page): Promise<void> {
  await page.waitForURL(/\/datasets\/[0-9a-f-]+\/frames\/\d+/);
  await expect(page.getByTestId('frame-area')).toHaveAttribute('data-frame', /^\d+$/, { timeout: 30_000 });
}
