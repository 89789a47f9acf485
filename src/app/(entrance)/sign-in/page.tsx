import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import {
  EntranceFrame,
  NoAdminNote,
  OrDivider,
  ProviderButtons,
  providerRefusalSentence,
  SignInForm,
} from '#src/features/sign-in/index.ts';
import { currentPrincipal } from '#src/server/auth/page-caller.ts';
import { providerNames } from '#src/server/config/oidc-variables.ts';
import { webContainer } from '#src/server/web-container.ts';
import { asOidcRefusal } from '#src/shared/model/oidc-refusal.ts';
import { safeReturnPath } from '#src/shared/model/return-path.ts';

export const metadata: Metadata = { title: 'Sign in' };

type Search = Promise<Record<string, string | string[] | undefined>>;
const single = (value: string | string[] | undefined) => (typeof value === 'string' ? value : undefined);

export default async function SignInPage({ searchParams }: { searchParams: Search }) {
  const asked = await searchParams;
  const returnTo = safeReturnPath(single(asked.to));
  const principal = await currentPrincipal();
  if (principal.kind === 'person') redirect(returnTo);
  const { people, config } = webContainer();
  const providers = providerNames(config);
  const refused = asOidcRefusal(single(asked.refused));
  const through = providers.find(({ slot }) => slot === asked.through);
  const [hasAdmin, demoAccounts] = await Promise.all([people.hasAdmin(), people.demoAccounts()]);
  const lead = asked.ended ? 'Your session has ended. Sign in to go on where you were.' : undefined;
  return (
    <EntranceFrame title="Sign in" lead={lead}>
      {!hasAdmin && <NoAdminNote />}
      {refused && through && (
        <p
          role="alert"
          className="rounded-md border border-failed/35 bg-failed/8 px-3 py-2 text-failed text-sm"
        >
          {providerRefusalSentence(refused, through.name)}
        </p>
      )}
      <ProviderButtons providers={providers} to={returnTo} />
      {providers.length > 0 && <OrDivider />}
      <SignInForm returnTo={returnTo} demoAccounts={demoAccounts} />
    </EntranceFrame>
  );
}
