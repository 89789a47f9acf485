'use client';
import { TOKEN_SCOPE_NAMES, TOKEN_SCOPES, type TokenScope } from '#src/shared/permissions/token-scopes.ts';

const upperFirst = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** What a token may do, in words, with the name that the API's documents use. */
export function ScopeChoice({
  scopes,
  onScopes,
}: {
  scopes: readonly TokenScope[];
  onScopes: (scopes: TokenScope[]) => void;
}) {
  const toggle = (scope: TokenScope) =>
    onScopes(TOKEN_SCOPE_NAMES.filter((each) => (each === scope) !== scopes.includes(each)));
  return (
    <fieldset className="grid gap-1">
      <legend className="font-medium text-ink-soft text-sm">What it may do</legend>
      {TOKEN_SCOPE_NAMES.map((scope) => (
        <label key={scope} className="flex min-h-7 items-baseline gap-2 text-sm">
          <input
            type="checkbox"
            checked={scopes.includes(scope)}
            onChange={() => toggle(scope)}
            className="translate-y-0.5 accent-(--accent)"
          />
          <span>
            {upperFirst(TOKEN_SCOPES[scope].means)}{' '}
            <span className="font-mono text-ink-faint text-xs">{scope}</span>
          </span>
        </label>
      ))}
      {scopes.length === 0 && (
        <p role="alert" className="text-failed text-xs">
          Choose at least one.
        </p>
      )}
    </fieldset>
  );
}
