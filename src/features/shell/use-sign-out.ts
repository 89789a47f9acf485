'use client';
import { signOut } from 'next-auth/react';
import { toast } from '#src/components/ui/toast.tsx';

/** Ends this session on the server and goes to the sign-in page; whatever was loaded is dropped with the page. */
export function useSignOut(): () => Promise<void> {
  return async () => {
    try {
      await signOut({ redirect: false });
      window.location.assign('/sign-in');
    } catch (error) {
      toast.failed(error);
    }
  };
}
