'use client';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useNow } from '#src/components/clock.ts';
import { formatBytes, formatDay, formatDuration } from '#src/components/format.ts';
import { ClockTime } from '#src/components/relative-time.tsx';
import { Card, CardBody, CardHeader, Figure } from '#src/components/ui/card.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { Td, Tr } from '#src/components/ui/table.tsx';
import { usePageLabel, useTRPC } from '#src/features/shell/index.ts';
import type { LicenceUse, LicenceView } from '#src/server/domain/accounting/accounting.types.ts';
import { hoursText } from '#src/shared/model/accounting.ts';
import { AdminPage, useAdminFacility } from './admin-frame.tsx';
import { AllowanceBar } from './allowance-bar.tsx';
import { LicenceActions } from './licence-actions.tsx';
import { LEDGER_WORDS, lastDay, leftOf, OWNER_WORDS, validityOf } from './licence-words.ts';
import { SponsorshipCard } from './sponsorship-card.tsx';
import { TableCard } from './table-card.tsx';

function Facts({ licence, timeZone }: { licence: LicenceView; timeZone: string }) {
  const { tone, word } = validityOf(licence, useNow(false));
  const isFacility = licence.owner.kind === 'facility';
  return (
    <Card>
      <CardBody className="grid gap-4">
        <div className="grid grid-cols-2 gap-4 sm:grid-cols-4">
          <Figure
            label="CPU hours left"
            value={hoursText(leftOf(licence))}
            note={`of ${hoursText(licence.grantedCpuMs)}`}
          />
          <Figure label="Used" value={hoursText(licence.settledCpuMs)} note="CPU hours charged" />
          <Figure label="Set aside" value={hoursText(licence.reservedCpuMs)} note="for runs under way" />
          <Figure
            label="Validity"
            value={<Status tone={tone}>{word}</Status>}
            note={`${formatDay(licence.validFrom, timeZone)} to ${lastDay(licence.validUntil, timeZone)}`}
          />
        </div>
        <AllowanceBar licence={licence} />
        {isFacility && (
          <p className="text-ink-soft text-sm">
            Hot storage {formatBytes(licence.hotBytes)}, archive {formatBytes(licence.archiveBytes)}.
            Experiments may be analysed for{' '}
            {licence.processingWindowDays === null
              ? 'as long as the policy of the facility says'
              : `${licence.processingWindowDays} days`}{' '}
            after their end.
          </p>
        )}
      </CardBody>
    </Card>
  );
}

const monthName = (month: string) => {
  const at = new Date(`${month}T12:00:00Z`);
  return new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric', timeZone: 'UTC' }).format(at);
};

function ByMonth({ months }: { months: LicenceUse['byMonth'] }) {
  const most = Math.max(...months.map(({ settledCpuMs }) => settledCpuMs), 1);
  return (
    <Card>
      <CardHeader title="By month" />
      <CardBody>
        {months.length === 0 ? (
          <p className="text-ink-faint text-sm">Nothing was charged yet.</p>
        ) : (
          <ul className="grid gap-1.5">
            {months.map(({ month, settledCpuMs }) => (
              <li key={month} className="grid grid-cols-[5rem_1fr_5rem] items-center gap-2 text-xs">
                <span className="text-ink-soft">{monthName(month)}</span>
                <span className="h-3 rounded-sm bg-line" aria-hidden>
                  <span
                    className="block h-full rounded-sm bg-accent"
                    style={{ width: `${(100 * Math.max(settledCpuMs, 0)) / most}%` }}
                  />
                </span>
                <span className="text-right tabular-nums">{hoursText(settledCpuMs)} h</span>
              </li>
            ))}
          </ul>
        )}
      </CardBody>
    </Card>
  );
}

function ByPerson({ rows }: { rows: LicenceUse['byPerson'] }) {
  return (
    <TableCard
      title="By person"
      hint="CPU hours"
      empty="Nobody has used this licence yet."
      heads={[['Who'], ['Runs', 'text-right'], ['Used', 'text-right'], ['Set aside', 'text-right']]}
      rows={rows}
      row={(row) => (
        <Tr key={row.person?.id ?? 'triggers'}>
          <Td title={row.person?.email}>{row.person?.name ?? 'Triggers of instruments'}</Td>
          <Td className="text-right tabular-nums">{row.runs}</Td>
          <Td className="text-right tabular-nums">
            {hoursText(row.settledCpuMs)}
            {row.unchargedCpuMs > 0 && (
              <span
                className="block text-2xs text-warn"
                title="Used beyond all that was left of the licence; nobody was charged."
              >
                + {hoursText(row.unchargedCpuMs)} not charged
              </span>
            )}
          </Td>
          <Td className="text-right tabular-nums">{hoursText(row.reservedCpuMs)}</Td>
        </Tr>
      )}
    />
  );
}

/** For whom or what a row of the ledger is. */
function Why({ row }: { row: LicenceUse['newest'][number] }) {
  return (
    <>
      {row.job && (
        <>
          <Link href={`/jobs/${row.job.jobId}`} className="text-accent hover:underline">
            {row.job.name}, {row.job.experimentCode}
          </Link>
          {' · '}
        </>
      )}
      {[
        row.personName ?? (row.runKind === null ? null : 'a trigger'),
        row.unchargedCpuMs > 0 ? `${hoursText(row.unchargedCpuMs)} h beyond, not charged` : null,
        row.wallMs === null ? null : `ran ${formatDuration(row.wallMs)}`,
        row.reason || null,
      ]
        .filter(Boolean)
        .join(', ')}
    </>
  );
}

/** On a narrow screen the reason stands below what was done. */
function Ledger({ rows }: { rows: LicenceUse['newest'] }) {
  return (
    <TableCard
      title="Ledger"
      hint="The newest entries; none is ever changed or removed"
      empty="No CPU hours were given yet."
      heads={[['When'], ['What'], ['CPU hours', 'text-right'], ['For whom, why', 'max-sm:hidden']]}
      rows={rows}
      row={(row) => (
        <Tr key={row.entryId}>
          <Td className="whitespace-nowrap text-xs">
            <ClockTime at={row.at} />
          </Td>
          <Td className="max-sm:py-1.5 sm:whitespace-nowrap">
            {LEDGER_WORDS[row.kind]}
            <div className="text-ink-soft text-xs sm:hidden">
              <Why row={row} />
            </div>
          </Td>
          <Td className="text-right tabular-nums">
            {row.cpuMs > 0 && '+'}
            {hoursText(row.cpuMs)}
          </Td>
          <Td className="min-w-48 text-ink-soft text-xs max-sm:hidden">
            <Why row={row} />
          </Td>
        </Tr>
      )}
    />
  );
}

/** One licence: what is left, who used it, and every booking. */
export function LicencePage({ licenceId }: { licenceId: string }) {
  const trpc = useTRPC();
  const { timeZone } = useAdminFacility();
  const use = useQuery(trpc.licences.use.queryOptions({ licenceId }));
  usePageLabel(use.data?.licence.name ?? null);
  if (use.isPending) return <SkeletonRows />;
  if (use.isError) {
    const wayOn = { href: '/admin/licences', label: 'All licences' };
    return <ErrorState error={use.error} retry={() => void use.refetch()} wayOn={wayOn} />;
  }
  const { licence, byPerson, byMonth, newest } = use.data;
  return (
    <AdminPage
      title={licence.name}
      about={`${OWNER_WORDS[licence.owner.kind]}: ${licence.owner.name}${licence.owner.email ? ` (${licence.owner.email})` : ''}`}
      actions={<LicenceActions licence={licence} />}
    >
      <Facts licence={licence} timeZone={timeZone} />
      <SponsorshipCard licence={licence} timeZone={timeZone} />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <ByPerson rows={byPerson} />
        <ByMonth months={byMonth} />
      </div>
      <Ledger rows={newest} />
    </AdminPage>
  );
}
