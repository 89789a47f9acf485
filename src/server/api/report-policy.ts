/**
 * What a report may do that the script of a job wrote: draw itself, by scripts of its own too, in an origin of its own that holds nobody's session.
 * It reaches nothing: no request leaves it, no form, no frame; what it shows it must bring along.
 */
export const REPORT_POLICY = [
  'sandbox allow-scripts',
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  'img-src data: blob:',
  'font-src data:',
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
].join('; ');

/** Of a PDF: the browser draws it by itself, which it does not in a sandbox; nothing else is let in. */
export const PDF_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'";
