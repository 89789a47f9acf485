/**
 * Style elements that Plotly makes unless they are there. The content policy would block its own (they carry no nonce), so
 * ours stand in their place: `plotly.js-style-global` takes the rules Plotly writes, the other belongs to its maps, which
 * we never draw, and stays empty. The id of the maps is a hash that changes with the version; a test looks it up.
 */
export const PLOTLY_STYLE_IDS = [
  'plotly.js-style-global',
  'ce8d464691048653ffe3a57c6c18ab566e8366f186677868cf724621a857b4fe',
] as const;

export function preparePlotlyStyles(): void {
  const nonce = (globalThis as { __webpack_nonce__?: string }).__webpack_nonce__;
  for (const id of PLOTLY_STYLE_IDS) {
    if (document.getElementById(id)) continue;
    const style = document.createElement('style');
    style.id = id;
    if (nonce) style.nonce = nonce;
    document.head.append(style);
  }
}
