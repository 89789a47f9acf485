'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNow } from '#src/components/clock.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '#src/components/ui/card.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { LicenceView, SponsorshipView } from '#src/server/domain/accounting/accounting.types.ts';
import { hoursText, type LicenceOwner } from '#src/shared/model/accounting.ts';
import { useAdminFacility } from './admin-frame.tsx';
import { lastDay } from './licence-words.ts';
import { NewSponsorship } from './new-sponsorship.tsx';
import { ruleState, scopeWords } from './sponsorship-words.ts';

const WITHOUT_RULES: Record<LicenceOwner, string> = {
  facility: 'No rules: it pays for every run at the facility, by hand and by triggers.',
  lab: 'No rules: it pays for what people of the lab start.',
  user: 'No rules: it pays for what its owner starts.',
};

function RuleRow({
  rule,
  timeZone,
  onEnd,
}: {
  rule: SponsorshipView;
  timeZone: string;
  onEnd: () => Promise<unknown>;
}) {
  const { tone, word } = ruleState(rule, useNow(false));
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-2 text-sm">
      <Status tone={tone} className="w-24">
        {word}
      </Status>
      <span className="min-w-40 flex-1">{scopeWords(rule)}</span>
      <span className="text-ink-soft text-xs tabular-nums">
        {hoursText(rule.usedCpuMs)}
        {rule.mostCpuMs !== null && ` of ${hoursText(rule.mostCpuMs)}`} CPU h used
        {rule.validUntil && `, until ${lastDay(rule.validUntil, timeZone)}`}
      </span>
      {rule.endedAt === null && (
        <ConfirmDialog
          title={`End “${scopeWords(rule)}”?`}
          action="End the rule"
          onConfirm={onEnd}
          trigger={
            <Button size="sm" look="quiet" aria-label={`End the rule ${scopeWords(rule)}`}>
              End
            </Button>
          }
        >
          It pays for nothing new. What was set aside by it is charged as it was promised.
        </ConfirmDialog>
      )}
    </li>
  );
}

/** The rules of a licence, for an admin of its facility: of all instruments there. */
export function SponsorshipCard({ licence, timeZone }: { licence: LicenceView; timeZone: string }) {
  const trpc = useTRPC();
  const { facilityId } = useAdminFacility();
  const instruments = useQuery(trpc.facilities.instruments.queryOptions({ facilityId }));
  const choices = (instruments.data ?? []).map(({ instrumentId, name }) => ({ id: instrumentId, name }));
  return (
    <Card>
      <SponsorshipRules licence={licence} timeZone={timeZone} instruments={choices} />
    </Card>
  );
}

/** The rules by which a licence pays for what others start. `instruments`: those that a rule may name. */
export function SponsorshipRules({
  licence,
  timeZone,
  instruments,
}: {
  licence: LicenceView;
  timeZone: string;
  instruments: readonly { id: string; name: string }[];
}) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const { licenceId } = licence;
  const options = trpc.licences.sponsorships.queryOptions({ licenceId });
  const rules = useQuery(options);
  const refresh = () => void queries.invalidateQueries({ queryKey: options.queryKey });
  const end = useMutation(trpc.licences.endSponsorship.mutationOptions({ onSettled: refresh }));
  const body = () => {
    if (rules.isPending) return <SkeletonRows rows={1} />;
    if (rules.isError) return <ErrorState error={rules.error} retry={() => void rules.refetch()} />;
    return (
      <>
        {rules.data.every(({ endedAt }) => endedAt !== null) && (
          <CardBody>
            <p className="text-ink-soft text-sm">{WITHOUT_RULES[licence.owner.kind]}</p>
          </CardBody>
        )}
        <ul className="divide-y">
          {rules.data.map((rule) => (
            <RuleRow
              key={rule.ruleId}
              rule={rule}
              timeZone={timeZone}
              onEnd={async () => {
                await end.mutateAsync({ ruleId: rule.ruleId });
                toast.done('The rule is ended');
              }}
            />
          ))}
        </ul>
      </>
    );
  };
  return (
    <>
      <CardHeader title="What it pays for">
        <NewSponsorship licence={licence} place={{ timeZone, instruments }} onMade={refresh} />
      </CardHeader>
      {body()}
    </>
  );
}
