import type { Metadata } from 'next';
import { AccountPage } from '#src/features/account/index.ts';

export const metadata: Metadata = { title: 'Account' };

export default function Page() {
  return <AccountPage />;
}
