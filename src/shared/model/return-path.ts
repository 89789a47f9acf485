/**
 * Where to go after signing in: a path of this site, or "/". Refuses everything that a browser could read as another site
 * (`//host`, `/\host`, schemes, control characters that URL parsers drop) and the sign-in page itself.
 */
export function safeReturnPath(wanted: string | null | undefined): string {
  if (!wanted || wanted.length > 2000 || !/^\/(?![/\\])/.test(wanted)) return '/';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: browsers drop them, so "/\t/host" would mean "//host"
  if (/[\u0000-\u0020\u007f\\]/.test(wanted)) return '/';
  const base = 'http://site.invalid';
  const url = URL.parse(wanted, base);
  if (!url || url.origin !== base || url.pathname.startsWith('//')) return '/';
  if (/^\/(sign-in|set-password|api)(\/|$)/.test(url.pathname)) return '/';
  return url.pathname + url.search + url.hash;
}
