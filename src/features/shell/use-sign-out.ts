'use client';
import { signOut } from 'next-auth/react';
import { toast } from '#src/components/ui/toast.tsx';
import { useProfile } from './profile.tsx';

/**
 * Ends this session on the server and goes to the sign-in page, by way of the provider that the person came through, which ends theirs there too;
 * whatever was loaded is dropped with the page.
 */
export function useSignOut(): () => Promise<void> {
  const { signedInThrough } = useProfile();
  return async () => {
    try {
      await signOut({ redirect: false });
      window.location.assign(
        signedInThrough === null ? '/sign-in' : `/api/auth/provider/${signedInThrough}/sign-out`,
      );
    } catch (error) {
      toast.failed(error);
    }
  };
}
