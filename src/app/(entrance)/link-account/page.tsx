import type { Metadata } from 'next';
import { headers } from 'next/headers';
import { Button } from '#src/components/ui/button.tsx';
import { ApiProvider } from '#src/features/shell/index.ts';
import { EntranceFrame, inWords, JoinThroughProvider, LinkAccount } from '#src/features/sign-in/index.ts';
import { proofToken } from '#src/server/auth/oidc/flow-cookie.ts';
import { pageCaller } from '#src/server/auth/page-caller.ts';
import { webContainer } from '#src/server/web-container.ts';
import { safeReturnPath } from '#src/shared/model/return-path.ts';

// The path to come back to may hold the token of an invitation: it must not travel on in a Referer header.
export const metadata: Metadata = { title: 'Sign in', referrer: 'no-referrer' };

type Search = Promise<Record<string, string | string[] | undefined>>;
type AtDoor = Awaited<ReturnType<ReturnType<typeof webContainer>['people']['identityAtDoor']>>;

const Strong = ({ children }: { children: string }) => (
  <strong className="wrap-anywhere font-semibold text-ink">{children}</strong>
);

const signInPath = (to: string) => (to === '/' ? '/sign-in' : `/sign-in?${new URLSearchParams({ to })}`);

/** To the sign-in by password, and back to this page for the consent. */
function SignInFirst({ to, look }: { to: string; look: 'primary' | 'plain' }) {
  const back = `/link-account${to === '/' ? '' : `?${new URLSearchParams({ to })}`}`;
  return (
    <Button look={look} size="lg" asChild>
      <a href={`/sign-in?${new URLSearchParams({ to: back })}`}>Sign in to your account to link it</a>
    </Button>
  );
}

/** How it goes on for somebody who is not signed in. */
function AtTheDoor({ door, to }: { door: Exclude<AtDoor, { state: 'gone' | 'link' }>; to: string }) {
  switch (door.state) {
    case 'account':
      return (
        <>
          <p className="text-ink-soft text-sm">
            There is an account at Beamdeck for <Strong>{door.email}</Strong>. If it is yours, sign in to it
            once with its password; then you can link {door.provider} to it.
          </p>
          <SignInFirst to={to} look="primary" />
        </>
      );
    case 'join':
      return (
        <>
          {door.codes.length > 0 && (
            <p className="text-ink-soft text-sm">You are invited to {inWords(door.codes)}.</p>
          )}
          <JoinThroughProvider
            email={door.email}
            name={door.name}
            action={door.codes.length > 0 ? 'Create the account and join' : 'Create the account'}
            returnTo={to}
          />
          <p className="border-t pt-4 text-ink-soft text-sm">Do you have an account with another address?</p>
          <SignInFirst to={to} look="plain" />
        </>
      );
    case 'uninvited':
      return (
        <>
          <p className="text-ink-soft text-sm">
            There is no account for <Strong>{door.email}</Strong>, and nobody has invited this address. Ask
            whoever invited you to invite it. If you have an account with another address, sign in to it and
            link {door.provider}.
          </p>
          <SignInFirst to={to} look="primary" />
        </>
      );
    case 'unverified':
      return (
        <>
          <p className="text-ink-soft text-sm">
            {door.provider} vouches for no e-mail address of yours, so no account can be made. If you have an
            account at Beamdeck, sign in to it and link {door.provider}.
          </p>
          <SignInFirst to={to} look="primary" />
        </>
      );
  }
}

export default async function LinkAccountPage({ searchParams }: { searchParams: Search }) {
  const asked = await searchParams;
  const to = safeReturnPath(typeof asked.to === 'string' ? asked.to : undefined);
  const { config, people } = webContainer();
  const token = proofToken((await headers()).get('cookie'), config);
  const door = await people.identityAtDoor(await pageCaller(), { token });
  if (door.state === 'gone') {
    return (
      <EntranceFrame title="Begin again">
        <p className="text-ink-soft text-sm">
          Too much time has passed since you came here, or this was done already. Sign in again.
        </p>
        <Button asChild className="justify-self-start">
          <a href={signInPath(to)}>Go to the sign-in</a>
        </Button>
      </EntranceFrame>
    );
  }
  if (door.state !== 'link') {
    return (
      <EntranceFrame
        title={door.state === 'join' ? 'New here?' : 'No account is linked yet'}
        lead={`${door.provider} says that you are ${door.label}.`}
      >
        <ApiProvider>
          <AtTheDoor door={door} to={to} />
        </ApiProvider>
        <a
          href={signInPath(to)}
          className="justify-self-start text-accent text-sm underline-offset-4 hover:underline"
        >
          Not you? Back to the sign-in
        </a>
      </EntranceFrame>
    );
  }
  const { you, provider, label, asks } = door;
  return (
    <EntranceFrame title={`Link ${provider}?`} lead={`${provider} says that you are ${label}.`}>
      <p className="text-ink-soft text-sm">
        From now on whoever signs in there as <Strong>{label}</Strong> opens your account at Beamdeck:{' '}
        {you.name}, <Strong>{you.email}</Strong>. You can undo this on your account page.
      </p>
      {asks === 'sign-in' ? (
        <p className="text-sm">
          You signed in some time ago, and your account has no password to ask for. Sign out, sign in again,
          and link it within 15 minutes.
        </p>
      ) : (
        <ApiProvider>
          <LinkAccount token={token} provider={provider} asksPassword={asks === 'password'} returnTo={to} />
        </ApiProvider>
      )}
    </EntranceFrame>
  );
}
