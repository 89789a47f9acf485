'use client';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import type { inferRouterOutputs } from '@trpc/server';
import { Mail } from 'lucide-react';
import { ClockTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardHeader, Figure } from '#src/components/ui/card.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status, type Tone } from '#src/components/ui/status.tsx';
import { useLive, useProfile, useTRPC } from '#src/features/shell/index.ts';
import type { AppRouter } from '#src/server/api/root.ts';
import type { MailKind, MailState } from '#src/shared/model/mail.ts';

type Outbox = inferRouterOutputs<AppRouter>['mail']['outbox'];
type OutboxMail = Outbox['mails'][number];

const STATES: Readonly<Record<MailState, { tone: Tone; word: string }>> = {
  waiting: { tone: 'queued', word: 'waiting' },
  sent: { tone: 'ok', word: 'sent' },
  refused: { tone: 'failed', word: 'refused' },
  late: { tone: 'muted', word: 'not sent in time' },
  kept: { tone: 'muted', word: 'kept' },
};
const KINDS: Readonly<Record<MailKind, string>> = {
  invitation: 'invitation',
  'ownership-offer': 'offer of an ownership',
  'ownership-given': 'news of an ownership',
  'password-link': 'link to set a password',
  'password-changed': 'password changed',
  'verify-address': 'link to prove an address',
  'sign-in-ways': 'news of ways to sign in',
  'address-changed': 'address changed',
  'experiment-ends': 'end of the analysis',
  'data-moved': 'data moved',
  'deletion-asked': 'deletion asked for',
  'deletion-decided': 'deletion decided',
  'storage-fills': 'storage fills',
  alarm: 'alarm',
};

/** The text with its address as a link: a mail has one at most, and it leads to this installation. */
function LinkedText({ text }: { text: string }) {
  const { origin } = window.location;
  const at = text.indexOf(`${origin}/`);
  if (at < 0) return <p className="whitespace-pre-wrap break-words text-sm">{text}</p>;
  const [address] = text.slice(at).split(/\s/, 1);
  return (
    <p className="whitespace-pre-wrap break-words text-sm">
      {text.slice(0, at)}
      <a href={address!.slice(origin.length)} className="text-accent underline underline-offset-4">
        {address}
      </a>
      {text.slice(at + address!.length)}
    </p>
  );
}

function MailRow({ mail }: { mail: OutboxMail }) {
  const { tone, word } = STATES[mail.state];
  const head = (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-0.5 text-sm">
      <span className="min-w-0 flex-1 basis-48 break-words font-medium">
        {mail.content?.subject ?? KINDS[mail.kind]}
      </span>
      <span className="break-all text-ink-soft">{mail.to}</span>
      <ClockTime at={mail.createdAt} className="text-ink-faint text-xs" />
      <Status tone={tone}>{word}</Status>
    </span>
  );
  return (
    <li className="px-3 py-2.5">
      {mail.content ? (
        <details>
          <summary className="cursor-pointer list-none">{head}</summary>
          <div className="mt-2 rounded-md border bg-sunken p-3">
            <LinkedText text={mail.content.text} />
          </div>
        </details>
      ) : (
        head
      )}
      {mail.lastError !== null && <p className="mt-1 text-failed text-xs">{mail.lastError}</p>}
    </li>
  );
}

function Explanation({ sends, demo }: Pick<Outbox, 'sends' | 'demo'>) {
  if (demo) {
    return (
      <p className="text-ink-soft text-sm">
        A demo sends no mail: all of it is here, for everybody who is signed in. Open one and follow its link,
        best in a private window.
      </p>
    );
  }
  if (sends) {
    return (
      <p className="text-ink-soft text-sm">
        What was not sent is listed with what the mail server said. What mails say is not shown.
      </p>
    );
  }
  return (
    <p className="rounded-md border border-warn/35 bg-warn/8 p-3 text-sm">
      <strong className="font-semibold">This installation sends no mail.</strong> Set{' '}
      <code>BEAMDECK_SMTP_HOST</code> and <code>BEAMDECK_SMTP_FROM</code> for web and workers; until then
      invitations wait in the web app alone, and passwords cannot be reset by mail.
    </p>
  );
}

/** Mails of this installation: in a demo what they say, else whether they left. */
export function MailsPage() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const { personId } = useProfile();
  useLive([`person:${personId}`], ({ kind }) => {
    if (kind === 'mail.changed') void queries.invalidateQueries(trpc.mail.pathFilter());
  });
  const outbox = useInfiniteQuery(
    trpc.mail.outbox.infiniteQueryOptions(
      {},
      { getNextPageParam: ({ nextCursor }) => nextCursor, refetchInterval: 5000 },
    ),
  );
  if (outbox.isPending) return <SkeletonRows />;
  if (outbox.isError) return <ErrorState error={outbox.error} retry={() => void outbox.refetch()} />;
  const [first] = outbox.data.pages;
  const { counts, sends, demo } = first!;
  const mails = outbox.data.pages.flatMap((page) => page.mails);
  return (
    <div className="mx-auto grid w-full max-w-4xl grid-cols-1 content-start gap-4 p-4 lg:p-6">
      <h1 className="sr-only">Mails</h1>
      <Explanation sends={sends} demo={demo} />
      {!demo && (
        <div className="grid grid-cols-2 gap-3 sm:grid-cols-4">
          {(['sent', 'waiting', 'refused', 'late'] as const).map((state) => (
            <Card key={state} className="p-3">
              <Figure label={`${STATES[state].word}, last 7 days`} value={counts[state] ?? 0} />
            </Card>
          ))}
        </div>
      )}
      <Card>
        <CardHeader title={demo ? 'Mails' : 'Not sent'} />
        {mails.length === 0 ? (
          <EmptyState icon={Mail} title={demo ? 'No mails yet' : 'All mails have left'}>
            {demo
              ? 'Invite somebody on the People tab of an experiment, and the mail is here.'
              : 'What a mail server refuses, or could not be reached for, is listed here.'}
          </EmptyState>
        ) : (
          <ul className="divide-y">
            {mails.map((mail) => (
              <MailRow key={mail.mailId} mail={mail} />
            ))}
          </ul>
        )}
      </Card>
      {outbox.hasNextPage && (
        <Button
          className="justify-self-center"
          busy={outbox.isFetchingNextPage}
          onClick={() => void outbox.fetchNextPage()}
        >
          Older ones
        </Button>
      )}
    </div>
  );
}
