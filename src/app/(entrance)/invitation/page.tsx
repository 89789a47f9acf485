import type { Metadata } from 'next';
import Link from 'next/link';
import { redirect } from 'next/navigation';
import { formatDeadline } from '#src/components/format.ts';
import { Button } from '#src/components/ui/button.tsx';
import { ApiProvider } from '#src/features/shell/index.ts';
import {
  AcceptInvitation,
  EntranceFrame,
  JoinForm,
  OrDivider,
  ProviderButtons,
} from '#src/features/sign-in/index.ts';
import { pageCaller } from '#src/server/auth/page-caller.ts';
import { providerNames } from '#src/server/config/oidc-variables.ts';
import { PASSWORD_MIN } from '#src/server/domain/people/password-hash.ts';
import { webContainer } from '#src/server/web-container.ts';

// The address holds the token: it must not travel on in a Referer header.
export const metadata: Metadata = { title: 'Invitation', referrer: 'no-referrer' };

type Search = Promise<Record<string, string | string[] | undefined>>;
type AtDoor = Awaited<ReturnType<ReturnType<typeof webContainer>['invitations']['atDoor']>>;
type Open = Extract<AtDoor, { state: 'open' }>;

/** Why a link does not work, and what to do. */
function refusalOf(door: Exclude<AtDoor, Open>): string {
  switch (door.state) {
    case 'expired':
      return `The invitation to ${door.code} has expired. Ask ${door.inviterName} to send it again.`;
    case 'revoked':
      return `${door.inviterName} has taken the invitation to ${door.code} back.`;
    case 'declined':
      return `The invitation to ${door.code} was declined. Ask ${door.inviterName} for a new one.`;
    case 'used':
    case 'joined':
      return `The invitation to ${door.code} was accepted already. If that was you, sign in to go there.`;
    case 'void':
      return `${door.inviterName} may not invite to ${door.code} any more. Ask somebody else in the ${door.kind}.`;
    default:
      return 'It is incomplete, or a newer one was sent. Look for the newest mail, or ask whoever invited you.';
  }
}

function Answer({ door, token }: { door: Open; token: string }) {
  const { you, code, address, hasAccount } = door;
  if (you) {
    return (
      <>
        {!you.isInvited && (
          <p className="rounded-md border border-warn/35 bg-warn/8 p-3 text-sm">
            The invitation was sent to <strong className="font-semibold">{address}</strong>, and you are
            signed in as <strong className="font-semibold">{you.email}</strong>. You may take it with this
            account; that you did stays recorded.
          </p>
        )}
        <AcceptInvitation token={token} code={code} asMyself={!you.isInvited} name={you.name} />
      </>
    );
  }
  const here = `/invitation?token=${token}`;
  if (!hasAccount) {
    const providers = providerNames(webContainer().config);
    return (
      <>
        <JoinForm token={token} email={address} minLength={PASSWORD_MIN} />
        {providers.length > 0 && <OrDivider />}
        <ProviderButtons providers={providers} to={here} verb="Join" />
      </>
    );
  }
  return (
    <>
      <p className="text-ink-soft text-sm">
        There is an account for <strong className="font-semibold text-ink">{address}</strong>.
      </p>
      <Button look="primary" size="lg" asChild>
        <Link href={`/sign-in?to=${encodeURIComponent(here)}`}>Sign in to join</Link>
      </Button>
    </>
  );
}

export default async function InvitationPage({ searchParams }: { searchParams: Search }) {
  const { token } = await searchParams;
  const secret = typeof token === 'string' ? token : '';
  const door = await webContainer().invitations.atDoor(await pageCaller(), { token: secret });
  if (door.state === 'joined') redirect(`/${door.kind}s/${door.code}`);
  if (door.state !== 'open') {
    return (
      <EntranceFrame title="This link does not work">
        <p className="text-ink-soft text-sm">{refusalOf(door)}</p>
        <Button asChild className="justify-self-start">
          <Link href="/">Go to Beamdeck</Link>
        </Button>
      </EntranceFrame>
    );
  }
  return (
    <EntranceFrame
      title={`Join ${door.code}`}
      lead={`${door.inviterName} invites you to this ${door.kind} at ${door.instrumentName ? `${door.instrumentName}, ` : ''}${door.facilityName}, as ${door.role}. The invitation can be accepted until ${formatDeadline(door.expiresAt, door.timeZone)}.`}
    >
      <ApiProvider>
        <Answer door={door} token={secret} />
      </ApiProvider>
    </EntranceFrame>
  );
}
