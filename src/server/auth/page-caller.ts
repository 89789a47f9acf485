import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { cache } from 'react';
import { requestIdOf } from '#src/server/api/request-facts.ts';
import type { Principal, ServiceContext } from '#src/server/domain/context.ts';
import { newContext } from '#src/server/domain/new-context.ts';
import { webContainer } from '#src/server/web-container.ts';
import { safeReturnPath } from '#src/shared/model/return-path.ts';
import { principalOfRequest } from './current-principal.ts';

/** The ServiceContext of the page being rendered; asked many times per page, made once. */
export const pageCaller = cache(async (): Promise<ServiceContext> => {
  const sent = await headers();
  return newContext(await principalOfRequest(webContainer(), sent), requestIdOf(sent));
});

/** Who looks at this page. */
export const currentPrincipal = async (): Promise<Principal> => (await pageCaller()).principal;

/** For pages behind the sign-in: sends strangers there and back again. The path comes from `src/proxy.ts`. */
export async function requireSignedIn(): Promise<ServiceContext> {
  const caller = await pageCaller();
  if (caller.principal.kind === 'person') return caller;
  const path = safeReturnPath((await headers()).get('x-beamdeck-path'));
  redirect(path === '/' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(path)}`);
}
