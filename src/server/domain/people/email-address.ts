import { AppError } from '#src/shared/errors/app-error.ts';

const EMAIL = /^[^\s@<>",;:()[\]\\\p{Cc}\p{Cf}]{1,64}@[^\s@<>",;:()[\]\\\p{Cc}\p{Cf}]{1,255}$/u;

/** The address without the blanks around it; BAD_INPUT when it is none. */
export function cleanEmail(email: string, field = 'email'): string {
  const clean = email.normalize('NFC').trim();
  if (EMAIL.test(clean)) return clean;
  const message = `"${clean.slice(0, 80)}" is not an e-mail address.`;
  throw new AppError('BAD_INPUT', { message, details: { fields: { [field]: message } } });
}

/** "grace.hopper@example.org" → "Grace Hopper", until somebody says better. */
export function nameFromEmail(email: string): string {
  const words = email
    .split('@')[0]!
    .split(/[._-]+/)
    .filter(Boolean);
  return words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join(' ') || email;
}
