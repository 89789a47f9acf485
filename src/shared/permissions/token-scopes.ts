import type { ExperimentAction } from './permission-table.ts';

/**
 * What an access token may be made for. A scope adds no right: it lets through some rows of the permission table, and of those only what the
 * person behind the token holds at that moment.
 */
export const TOKEN_SCOPES = {
  'experiments:read': { actions: ['experiment.view'], means: 'see experiments and list their files' },
  'files:read': { actions: ['file.download'], means: 'download files' },
} as const satisfies Record<string, { actions: readonly ExperimentAction[]; means: string }>;

export type TokenScope = keyof typeof TOKEN_SCOPES;
export const TOKEN_SCOPE_NAMES = Object.keys(TOKEN_SCOPES) as TokenScope[];

/** The scope that lets an action through; null where none does, so that no token can do it. */
export function scopeFor(action: ExperimentAction): TokenScope | null {
  const has = (name: TokenScope) =>
    (TOKEN_SCOPES[name].actions as readonly ExperimentAction[]).includes(action);
  return TOKEN_SCOPE_NAMES.find(has) ?? null;
}

export function scopesAllow(scopes: readonly TokenScope[], action: ExperimentAction): boolean {
  const needed = scopeFor(action);
  return needed !== null && scopes.includes(needed);
}
