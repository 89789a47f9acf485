'use client';
import { useQuery } from '@tanstack/react-query';
import { useNow } from '#src/components/clock.ts';
import { Card, CardBody, CardHeader } from '#src/components/ui/card.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { SponsorshipRules } from '#src/features/admin/index.ts';
import { useProfile, useTRPC } from '#src/features/shell/index.ts';
import type { OwnLicence } from '#src/server/domain/accounting/accounting.types.ts';
import { hoursText } from '#src/shared/model/accounting.ts';
import { licenceWords } from './licence-words.ts';

function Licence({ licence }: { licence: OwnLicence }) {
  const { instruments } = useProfile();
  const { left, until } = licenceWords(licence, useNow(false));
  return (
    <section aria-label={licence.name} className="border-t first:border-t-0">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-2.5 text-sm">
        <span className="font-medium">{licence.name}</span>
        <span className="text-ink-soft">
          {licence.owner.kind === 'lab' ? `of your lab ${licence.owner.name}` : 'your own'}, at{' '}
          {licence.facilityName}
        </span>
        <span className="ml-auto flex flex-wrap items-center gap-x-4">
          <span className="tabular-nums" title={`${hoursText(licence.grantedCpuMs)} CPU h were given`}>
            {left}
          </span>
          <Status tone={licence.isValid ? 'ok' : 'muted'}>{until}</Status>
        </span>
      </div>
      <SponsorshipRules licence={licence} timeZone={licence.timeZone} instruments={instruments} />
    </section>
  );
}

/** CPU hours of one's own and of one's labs, and what else than one's own runs they pay for. Nothing where there are none. */
export function OwnLicencesCard() {
  const trpc = useTRPC();
  const query = useQuery(trpc.licences.mine.queryOptions());
  if (query.isSuccess && query.data.length === 0) return null;
  return (
    <Card>
      <CardHeader title="CPU hours of yours" hint="Licences of your own and of your labs" />
      {query.isPending && (
        <CardBody>
          <SkeletonRows rows={2} />
        </CardBody>
      )}
      {query.isError && <ErrorState error={query.error} retry={() => void query.refetch()} />}
      {query.data?.map((licence) => (
        <Licence key={licence.licenceId} licence={licence} />
      ))}
    </Card>
  );
}
