import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { Progress } from './progress.tsx';

const markup = (value: number, max: number | null) =>
  renderToStaticMarkup(createElement(Progress, { value, max, label: 'Upload' }));

describe('what a progress bar says to screen readers', () => {
  it.each([
    [1 / 6, 1, '17 %'],
    [58, 100, '58 %'],
    [1799, 1800, '99 %'],
    [0, 20, '0 %'],
    [21, 20, '100 %'],
  ])('%d of %d is %s', (value, max, text) => {
    expect(markup(value, max)).toContain(`aria-valuetext="${text}"`);
    expect(markup(value, max)).toContain(`aria-valuenow="${text.slice(0, -2)}"`);
  });

  it('is no figure when nobody knows how much there will be', () => {
    expect(markup(7, null)).toContain('aria-label="Upload"');
    expect(markup(7, null)).not.toContain('aria-valuenow');
  });
});
