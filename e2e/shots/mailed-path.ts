import { eventually, type FacilityApi } from '#scripts/lib/facility-api.ts';

/** Links of mails hold for an hour at least, and only so many are sent within one. */
const FRESH_MS = 40 * 60_000;

/** Path and token of the link in the newest mail to an address that leads to `page`; `ask` has one sent where none is fresh. */
export async function mailedPath(
  api: FacilityApi,
  to: string,
  page: 'invitation' | 'set-password' | 'prove-address',
  ask: () => Promise<unknown>,
): Promise<string> {
  const link = new RegExp(`/${page}\\?token=[\\w-]+`);
  const newest = async () => {
    const { mails } = await api.mail.outbox.query({});
    const found = mails
      .filter((mail) => mail.to === to && mail.createdAt.getTime() > Date.now() - FRESH_MS)
      .map(({ content }) => link.exec(content?.text ?? '')?.[0])
      .find((path) => path !== undefined);
    return found ?? null;
  };
  const there = await newest();
  if (there !== null) return there;
  await ask();
  return eventually(`a mail to ${to}`, 60_000, newest);
}
