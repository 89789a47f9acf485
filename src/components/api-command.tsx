'use client';
import { useSyncExternalStore } from 'react';
import { type ApiRequest, curlOf } from '#src/shared/model/api-commands.ts';
import { CommandLine } from './ui/command-line.tsx';

/** A request of the API as a line for a shell, to the installation whose page is open. */
export function ApiCommand({ request }: { request: ApiRequest }) {
  const origin = useSyncExternalStore(
    () => () => undefined,
    () => window.location.origin,
    () => null,
  );
  return origin === null ? null : <CommandLine>{curlOf(request, origin)}</CommandLine>;
}
