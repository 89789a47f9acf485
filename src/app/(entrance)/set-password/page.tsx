import type { Metadata } from 'next';
import Link from 'next/link';
import { Button } from '#src/components/ui/button.tsx';
import { ApiProvider } from '#src/features/shell/index.ts';
import { EntranceFrame, SetPasswordForm } from '#src/features/sign-in/index.ts';
import { pageCaller } from '#src/server/auth/page-caller.ts';
import { PASSWORD_MIN } from '#src/server/domain/people/password-hash.ts';
import { webContainer } from '#src/server/web-container.ts';

// The address holds the token: it must not travel on in a Referer header.
export const metadata: Metadata = { title: 'Set a password', referrer: 'no-referrer' };

type Search = Promise<Record<string, string | string[] | undefined>>;

export default async function SetPasswordPage({ searchParams }: { searchParams: Search }) {
  const { token } = await searchParams;
  const target =
    typeof token === 'string' ? await webContainer().people.linkTarget(await pageCaller(), { token }) : null;
  if (typeof token !== 'string' || !target) {
    return (
      <EntranceFrame title="This link does not work">
        <p className="text-ink-soft text-sm">
          It was used already, has expired, or is incomplete. Ask whoever sent it for a new one. If you have
          set your password with it, sign in.
        </p>
        <Button asChild className="justify-self-start">
          <Link href="/sign-in">Go to the sign-in</Link>
        </Button>
      </EntranceFrame>
    );
  }
  return (
    <EntranceFrame title="Set a password" lead={`For ${target.name}, ${target.email}`}>
      <ApiProvider>
        <SetPasswordForm token={token} email={target.email} minLength={PASSWORD_MIN} />
      </ApiProvider>
    </EntranceFrame>
  );
}
