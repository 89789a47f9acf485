import type { Metadata } from 'next';
import { MailsPage } from '#src/features/mails/index.ts';

export const metadata: Metadata = { title: 'Mails' };

export default function Page() {
  return <MailsPage />;
}
