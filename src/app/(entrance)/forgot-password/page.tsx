import type { Metadata } from 'next';
import Link from 'next/link';
import { Button } from '#src/components/ui/button.tsx';
import { ApiProvider } from '#src/features/shell/index.ts';
import { EntranceFrame, ForgotPasswordForm } from '#src/features/sign-in/index.ts';
import { pageCaller } from '#src/server/auth/page-caller.ts';
import { webContainer } from '#src/server/web-container.ts';

export const metadata: Metadata = { title: 'A new password' };

export default async function ForgotPasswordPage() {
  // Made when somebody asks, not while building: what is said depends on the settings of the installation.
  await pageCaller();
  const { config } = webContainer();
  if (config.smtpHost === '' && !config.demo) {
    return (
      <EntranceFrame title="A new password">
        <p className="text-ink-soft text-sm">
          This installation sends no mail. Ask its operator, or an admin of the facility, for a link to set a
          new password.
        </p>
        <Button asChild className="justify-self-start">
          <Link href="/sign-in">Back to the sign-in</Link>
        </Button>
      </EntranceFrame>
    );
  }
  return (
    <EntranceFrame title="A new password" lead="We send a link to the address of your account.">
      <ApiProvider>
        <ForgotPasswordForm />
      </ApiProvider>
    </EntranceFrame>
  );
}
