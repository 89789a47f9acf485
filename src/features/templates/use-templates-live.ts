'use client';
import { useQueryClient } from '@tanstack/react-query';
import { useLive, useProfile, useTRPC } from '#src/features/shell/index.ts';

/** Asks for templates again when one of one's own has changed, or one was shared. Returns how to ask at once. */
export function useTemplatesLive(): () => Promise<void> {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { personId } = useProfile();
  const refresh = async () => {
    await Promise.all([
      queryClient.invalidateQueries(trpc.templates.pathFilter()),
      queryClient.invalidateQueries(trpc.jobs.templates.pathFilter()),
    ]);
  };
  useLive([`person:${personId}`], ({ kind }) => {
    if (kind === 'template.changed') void refresh();
  });
  return refresh;
}
