import type { Metadata } from 'next';
import { ProveAddress } from '#src/features/account/index.ts';
import { requireSignedIn } from '#src/server/auth/page-caller.ts';
import { webContainer } from '#src/server/web-container.ts';

// The address of the page holds the token: it must not travel on in a Referer header.
export const metadata: Metadata = { title: 'Your e-mail address', referrer: 'no-referrer' };

type Search = Promise<Record<string, string | string[] | undefined>>;

export default async function ProveAddressPage({ searchParams }: { searchParams: Search }) {
  const { token } = await searchParams;
  const secret = typeof token === 'string' ? token : '';
  const email = await webContainer().people.addressOfLink(await requireSignedIn(), { token: secret });
  return <ProveAddress token={secret} email={email} />;
}
