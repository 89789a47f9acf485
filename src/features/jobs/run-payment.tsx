'use client';
import { formatBytes } from '#src/components/format.ts';
import { Field, NativeSelect } from '#src/components/ui/input.tsx';
import type { RunOffer } from '#src/server/domain/jobs/jobs.service.ts';
import { sponsorOption } from './job-cost-words.ts';

const profileWords = (profile: RunOffer['profiles'][number]): string =>
  `${profile.name}: ${profile.cpus} ${profile.cpus === 1 ? 'CPU' : 'CPUs'}, ${formatBytes(profile.memoryBytes)}${profile.gpu ? `, ${profile.gpu}` : ''}`;

/** The size a run gets and the licence that pays, where there is a choice. */
export function RunPayment({
  offer,
  profileId,
  licenceId,
  onProfile,
  onLicence,
}: {
  offer: RunOffer;
  profileId: string | null;
  licenceId: string | null;
  onProfile: (id: string) => void;
  onLicence: (id: string | null) => void;
}) {
  return (
    <>
      {offer.profiles.length > 1 && (
        <Field label="Size">
          {(props) => (
            <NativeSelect
              {...props}
              value={profileId ?? offer.profileId ?? ''}
              onChange={(event) => onProfile(event.currentTarget.value)}
            >
              {offer.profiles.map((profile) => (
                <option key={profile.profileId} value={profile.profileId}>
                  {profileWords(profile)}
                </option>
              ))}
            </NativeSelect>
          )}
        </Field>
      )}
      {offer.sponsors.length > 1 && (
        <Field label="Paid by">
          {(props) => (
            <NativeSelect
              {...props}
              value={licenceId ?? offer.licenceId ?? ''}
              onChange={(event) => onLicence(event.currentTarget.value || null)}
            >
              {licenceId === null && offer.licenceId === null && <option value="">choose a licence</option>}
              {offer.sponsors.map((sponsor) => (
                <option key={sponsor.licenceId} value={sponsor.licenceId}>
                  {sponsorOption(sponsor)}
                </option>
              ))}
            </NativeSelect>
          )}
        </Field>
      )}
    </>
  );
}
