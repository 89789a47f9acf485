import { type Algorithm, hash, verify } from '@node-rs/argon2';
import { AppError } from '#src/shared/errors/app-error.ts';

/**
 * argon2id with 19 MiB, 2 passes, 1 lane: the first choice of the OWASP Password Storage Cheat Sheet. About 20 ms on one
 * core; it runs on libuv's threads, so at most four at once per process.
 */
const PARAMETERS = {
  algorithm: 2 satisfies Algorithm.Argon2id,
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
} as const;
const CURRENT = '$argon2id$v=19$m=19456,t=2,p=1$';

export const PASSWORD_MIN = 12;
export const PASSWORD_MAX = 200;

export const hashPassword = (password: string): Promise<string> =>
  hash(password.normalize('NFKC'), PARAMETERS);

let decoy: Promise<string> | undefined;

/**
 * Whether the password is the person's. Without a hash (unknown e-mail, no password yet) the same work is done against a
 * decoy, so that the time taken does not tell which e-mails exist.
 */
export async function verifyPassword(stored: string | null, password: string): Promise<boolean> {
  if (stored === null) {
    decoy ??= hashPassword(crypto.randomUUID());
    await verify(await decoy, password.normalize('NFKC'));
    return false;
  }
  return verify(stored, password.normalize('NFKC'));
}

/** True when the hash was made with older parameters and should be made anew at the next sign-in. */
export const isOutdatedHash = (stored: string): boolean => !stored.startsWith(CURRENT);

/** Throws BAD_INPUT with a sentence when the password is too easy. Length is what counts (NIST SP 800-63B §3.1.1). */
export function assertPasswordStrength(password: string, email: string): void {
  const fault = passwordFault(password, email);
  if (fault) throw new AppError('BAD_INPUT', { message: fault, details: { fields: { password: fault } } });
}

function passwordFault(password: string, email: string): string | null {
  if (password.length < PASSWORD_MIN)
    return `Use at least ${PASSWORD_MIN} characters; a short sentence is a good password.`;
  if (password.length > PASSWORD_MAX) return `Use at most ${PASSWORD_MAX} characters.`;
  if (new Set(password).size < 5) return 'Use more different characters.';
  const plain = password.toLowerCase();
  const name = email.split('@')[0]!.toLowerCase();
  if (plain === email.toLowerCase() || (name.length >= 4 && plain.replaceAll(name, '').length < 6)) {
    return 'The password must not be made of your e-mail address.';
  }
  if (/^(password|passwort|beamdeck|synchrotron|1234567890|qwertyuiop)+[0-9!.]*$/.test(plain)) {
    return 'This password is among the first that are tried. Choose another.';
  }
  return null;
}
