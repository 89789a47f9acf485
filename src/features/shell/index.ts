export { ApiProvider, useTRPC, useTRPCClient } from './api-client.tsx';
export { AppShell } from './app-shell.tsx';
export { type KeyBinding, useKeys } from './keys.tsx';
export { useLive, useLiveState } from './live.tsx';
export { homeOf } from './navigation.ts';
export { usePageLabel } from './page-label.ts';
export { useProfile } from './profile.tsx';
export { useListKeys } from './use-list-keys.ts';
