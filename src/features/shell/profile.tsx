'use client';
import { createContext, type ReactNode, useContext } from 'react';
import type { Profile } from '#src/server/domain/people/people.types.ts';

export type { Profile };

const ProfileContext = createContext<Profile | null>(null);

export function ProfileProvider({ profile, children }: { profile: Profile; children: ReactNode }) {
  return <ProfileContext value={profile}>{children}</ProfileContext>;
}

/** Who is signed in: name, e-mail, whether an admin, instruments where they are staff, the facility with its time zone. */
export function useProfile(): Profile {
  const profile = useContext(ProfileContext);
  if (!profile) throw new Error('useProfile is only for pages behind the sign-in');
  return profile;
}
