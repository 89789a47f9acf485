import type { ReactNode } from 'react';
import { MyInvitations } from '#src/features/invitations/index.ts';
import { ApiProvider, AppShell } from '#src/features/shell/index.ts';
import { requireSignedIn } from '#src/server/auth/page-caller.ts';
import { webContainer } from '#src/server/web-container.ts';

/** Everything behind the sign-in. */
export default async function AppLayout({ children }: { children: ReactNode }) {
  const caller = await requireSignedIn();
  const profile = await webContainer().people.profile(caller);
  return (
    <ApiProvider>
      <AppShell profile={profile}>
        <div className="flex h-full flex-col">
          <MyInvitations />
          <div className="min-h-0 flex-1">{children}</div>
        </div>
      </AppShell>
    </ApiProvider>
  );
}
