import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** PEM. */
export interface TestCertificate {
  key: string;
  cert: string;
}

/**
 * A certificate that nobody trusts, signed by itself.
 * @param names as in subjectAltName (RFC 5280 §4.2.1.6): IP:127.0.0.2
 */
export function testCertificate({ names, days = 2 }: { names: string; days?: number }): TestCertificate {
  const folder = mkdtempSync(path.join(tmpdir(), 'beamdeck-certificate-'));
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=Facility of a test', '-addext', `subjectAltName=${names}`];
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', String(days)];
  try {
    execFileSync('openssl', ['req', '-x509', ...made, ...subject, '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
