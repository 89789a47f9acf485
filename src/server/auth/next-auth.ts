import NextAuth from 'next-auth';
import { webContainer } from '#src/server/web-container.ts';
import { authOptions } from './auth-options.ts';

/** Route handlers of next-auth; read by `src/app/api/auth` only. The settings are made at the first request, not while building. */
export const { handlers: authHandlers } = NextAuth(() => authOptions(webContainer()));
