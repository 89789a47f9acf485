import type { ReactNode } from 'react';
import { useNow } from '#src/components/clock.ts';
import { formatDay } from '#src/components/format.ts';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Status, type Tone } from '#src/components/ui/status.tsx';
import type { LicenceView } from '#src/server/domain/agents/agent-view.ts';
import type { LicenceState } from '#src/shared/model/licence-state.ts';

export const LICENCE_WORDS: Readonly<Record<LicenceState, { tone: Tone; word: string }>> = {
  'not-enrolled': { tone: 'queued', word: 'not used yet' },
  valid: { tone: 'ok', word: 'valid' },
  'expires-soon': { tone: 'warn', word: 'expires soon' },
  expired: { tone: 'failed', word: 'expired' },
  revoked: { tone: 'failed', word: 'revoked' },
};

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-soft">{name}</dt>
      <dd className="wrap-anywhere min-w-0">{children}</dd>
    </>
  );
}

/** Near its end relative words count down; before, the facility's zone must not make another day of the one that staff chose. */
const NEAR_MS = 28 * 24 * 3600 * 1000;

/** The last day of a licence, in UTC as it was chosen. */
export function LastDay({ at }: { at: Date }) {
  const isNear = Math.abs(at.getTime() - useNow(false)) < NEAR_MS;
  return (
    <>
      {formatDay(at, 'UTC')} (UTC)
      {isNear && (
        <>
          , <RelativeTime at={at} />
        </>
      )}
    </>
  );
}

/** What a licence says and what became of it. */
export function LicenceFacts({ licence }: { licence: LicenceView }) {
  const words = LICENCE_WORDS[licence.state];
  return (
    <dl className="grid grid-cols-[5rem_minmax(0,1fr)] gap-x-2 gap-y-0.5 text-xs">
      <Fact name="licence">
        <Status tone={words.tone} className="text-xs">
          {words.word}
        </Status>
      </Fact>
      {licence.revokedAt && (
        <Fact name="revoked">
          <RelativeTime at={licence.revokedAt} />
          {licence.revokedByName && ` by ${licence.revokedByName}`}
          {licence.revokedReason && `: ${licence.revokedReason}`}
        </Fact>
      )}
      <Fact name={licence.state === 'expired' ? 'expired' : 'expires'}>
        <LastDay at={licence.expiresAt} />
      </Fact>
      <Fact name="enrolled">
        {licence.enrolledAt ? (
          <>
            <RelativeTime at={licence.enrolledAt} />
            {licence.enrolledHost && (
              <>
                {' '}
                on <span className="font-mono">{licence.enrolledHost}</span>
              </>
            )}
          </>
        ) : (
          'not yet: bring the file to its machine'
        )}
      </Fact>
      <Fact name="issued">
        <RelativeTime at={licence.issuedAt} />
        {licence.issuedByName && ` by ${licence.issuedByName}`}
      </Fact>
      <Fact name="folders">
        <span className="font-mono">{licence.folders.join(', ')}</span>
      </Fact>
    </dl>
  );
}
