/** Light, dark, or as the system says. Kept in a cookie so that the server draws the right one at once, without a flash. */
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export const THEME_COOKIE = 'beamdeck.theme';
const YEAR_S = 365 * 24 * 3600;

export const themeAttribute = (stored: string | undefined): 'light' | 'dark' | undefined =>
  stored === 'light' || stored === 'dark' ? stored : undefined;

export const currentTheme = (): Theme => themeAttribute(document.documentElement.dataset.theme) ?? 'system';

export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Firefox and Safari
  document.cookie = `${THEME_COOKIE}=${theme}; path=/; max-age=${YEAR_S}; samesite=lax`;
  window.dispatchEvent(new Event('beamdeck:theme'));
}

/** Calls back when the colours on screen change, by choice or with the system. Returns how to stop. */
export function onThemeChange(notify: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', notify);
  window.addEventListener('beamdeck:theme', notify);
  return () => {
    system.removeEventListener('change', notify);
    window.removeEventListener('beamdeck:theme', notify);
  };
}
