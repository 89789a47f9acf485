import { redirect } from 'next/navigation';
import { homeOf } from '#src/features/shell/index.ts';
import { requireSignedIn } from '#src/server/auth/page-caller.ts';
import { webContainer } from '#src/server/web-container.ts';

export default async function HomePage() {
  const caller = await requireSignedIn();
  redirect(homeOf(await webContainer().people.profile(caller)));
}
