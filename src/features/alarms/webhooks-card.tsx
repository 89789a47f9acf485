'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Send, Trash2, Webhook } from 'lucide-react';
import { ClockTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { DeliveryView, WebhookView } from '#src/server/domain/alarms/webhooks.ts';
import { NewWebhook } from './new-webhook.tsx';
import { answerWords, DELIVERY_SIGNS, EVENT_WORDS } from './webhook-words.ts';

/** While something waits for its answer. */
const ASK_EVERY_MS = 2000;
const ASK_SELDOM_MS = 30_000;

function DeliveryRow({ delivery }: { delivery: DeliveryView }) {
  const { tone, word } = DELIVERY_SIGNS[delivery.state];
  return (
    <li className="grid grid-cols-[7rem_minmax(0,1fr)] items-baseline gap-x-3 px-3 py-1.5 text-sm sm:grid-cols-[7rem_9rem_minmax(0,1fr)_auto]">
      <Status tone={tone} className="text-xs">
        {word}
      </Status>
      <span>{EVENT_WORDS[delivery.event]}</span>
      <span className="wrap-anywhere min-w-0 text-ink-soft text-xs max-sm:col-start-2">
        {answerWords(delivery)}
      </span>
      <ClockTime at={delivery.createdAt} className="text-ink-faint text-xs max-sm:col-start-2" />
    </li>
  );
}

function WebhookRow({ hook, refresh }: { hook: WebhookView; refresh: () => void }) {
  const trpc = useTRPC();
  const test = useMutation(
    trpc.alarms.testWebhook.mutationOptions({
      onSuccess: () => toast.done('A test is on its way'),
      onError: (error) => toast.failed(error),
      onSettled: refresh,
    }),
  );
  const remove = useMutation(trpc.alarms.removeWebhook.mutationOptions({ onSettled: refresh }));
  const { host } = new URL(hook.url);
  return (
    <li className="py-2">
      <div className="flex flex-wrap items-center gap-2 px-3">
        <span className="wrap-anywhere min-w-0 font-mono text-sm" title={hook.url}>
          {host}
        </span>
        <span className="ml-auto flex gap-2">
          <Button
            size="sm"
            busy={test.isPending}
            aria-label={`Post a test to ${host}`}
            onClick={() => test.mutate({ webhookId: hook.webhookId })}
          >
            <Send aria-hidden /> Test
          </Button>
          <ConfirmDialog
            title={`Remove the webhook to ${host}?`}
            action="Remove"
            onConfirm={() => remove.mutateAsync({ webhookId: hook.webhookId })}
            trigger={
              <Button look="quiet" size="icon-sm" aria-label={`Remove the webhook to ${host}`}>
                <Trash2 aria-hidden />
              </Button>
            }
          >
            Nothing is posted there any more, and its secret stops counting.
          </ConfirmDialog>
        </span>
      </div>
      {hook.deliveries.length > 0 && (
        <ul className="mt-1" aria-label={`Posted to ${host}`}>
          {hook.deliveries.slice(0, 5).map((delivery) => (
            <DeliveryRow key={delivery.deliveryId} delivery={delivery} />
          ))}
        </ul>
      )}
    </li>
  );
}

/** Where alarms are posted, and what was answered. */
export function WebhooksCard({ instrumentId }: { instrumentId: string }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const hooks = useQuery(
    trpc.alarms.webhooks.queryOptions(
      { instrumentId },
      {
        refetchInterval: ({ state }) =>
          state.data?.some(({ deliveries }) => deliveries.some((each) => each.state === 'waiting'))
            ? ASK_EVERY_MS
            : ASK_SELDOM_MS,
      },
    ),
  );
  const refresh = () => void queries.invalidateQueries(trpc.alarms.webhooks.queryFilter());
  return (
    <Card>
      <CardHeader title="Webhooks" hint="Alarms posted to a chat or a program, signed">
        <NewWebhook instrumentId={instrumentId} refresh={refresh} />
      </CardHeader>
      {hooks.isPending && <SkeletonRows rows={2} />}
      {hooks.isError && <ErrorState error={hooks.error} retry={() => void hooks.refetch()} />}
      {hooks.data?.length === 0 && (
        <EmptyState icon={Webhook} title="No webhook">
          With one, alarms come into your chat: what is the matter, who takes care of it, and when it is over.
          They name no experiment and no data.
        </EmptyState>
      )}
      {hooks.data && hooks.data.length > 0 && (
        <ul className="divide-y" aria-label="Webhooks">
          {hooks.data.map((hook) => (
            <WebhookRow key={hook.webhookId} hook={hook} refresh={refresh} />
          ))}
        </ul>
      )}
    </Card>
  );
}
