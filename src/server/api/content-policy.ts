export interface PolicyInput {
  nonce: string;
  webUrl: string;
  dataUrl: string;
  /** Public origin of the store where browsers read it themselves, else null. */
  storeUrl: string | null;
  /** The development server evaluates code and talks over a WebSocket; never set in production. */
  development: boolean;
}

/**
 * Content-Security-Policy of one page. Scripts run only with this answer's nonce (and what those load); style elements too,
 * style attributes are free because positions and sizes are set by them. Bytes of data come from the data server or the store. WASM is
 * compiled in workers alone, whose files are served without a policy.
 */
export function contentPolicy({ nonce, webUrl, dataUrl, storeUrl, development }: PolicyInput): string {
  const script = [
    "'self'",
    `'nonce-${nonce}'`,
    "'strict-dynamic'",
    ...(development ? ["'unsafe-eval'"] : []),
  ];
  const bytes = storeUrl === null ? [dataUrl] : [dataUrl, storeUrl];
  const connect = ["'self'", ...bytes, ...(development ? [webUrl.replace(/^http/, 'ws')] : [])];
  const rules: [string, string[]][] = [
    ['default-src', ["'self'"]],
    ['script-src', script],
    // The development server's error overlay writes style elements without a nonce.
    ['style-src', ["'self'", development ? "'unsafe-inline'" : `'nonce-${nonce}'`]],
    ['style-src-attr', ["'unsafe-inline'"]],
    ['img-src', ["'self'", 'data:', 'blob:', ...bytes]],
    ['font-src', ["'self'"]],
    ['connect-src', connect],
    ['worker-src', ["'self'", 'blob:']],
    // Results of jobs and reports among files alone, which bring a policy of their own (report-policy.ts).
    ['frame-src', [`${webUrl}/api/jobs/`, `${webUrl}/api/files/`]],
    ['object-src', ["'none'"]],
    ['base-uri', ["'none'"]],
    ['form-action', ["'self'"]],
    ['frame-ancestors', ["'none'"]],
    ...(webUrl.startsWith('https:') ? ([['upgrade-insecure-requests', []]] as [string, string[]][]) : []),
  ];
  return rules.map(([name, values]) => [name, ...values].join(' ')).join('; ');
}
