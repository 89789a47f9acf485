'use client';

/**
 * Some libraries write style elements while they run (scroll locks of dialogs do, through `get-nonce`, which reads this
 * global). Under our content policy those need the page's nonce. Set while rendering, before any effect of a child runs.
 */
export function StyleNonce({ nonce }: { nonce: string }) {
  if (typeof window !== 'undefined' && nonce !== '') {
    (globalThis as { __webpack_nonce__?: string }).__webpack_nonce__ ??= nonce;
  }
  return null;
}
