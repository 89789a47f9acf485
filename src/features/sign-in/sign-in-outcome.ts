import { formatDuration } from '#src/components/format.ts';

/** What to tell after a refused sign-in; `code` is what the server sent (see auth-options). */
export function refusalSentence(code: string | undefined): string {
  const wait = /^too_many:(\d+)$/.exec(code ?? '');
  if (wait) {
    const waitS = Number(wait[1]);
    return `Too many attempts to sign in. Try again in ${formatDuration((waitS < 90 ? waitS : Math.ceil(waitS / 60) * 60) * 1000)}.`;
  }
  if (code === 'wrong_credentials') return 'E-mail or password is wrong.';
  return 'Signing in did not work. Try again; if it goes on, the server has a problem.';
}
