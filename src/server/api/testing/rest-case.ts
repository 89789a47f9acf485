import type { Operation } from '../rest/operation.ts';
import type { AccessRule, Outcome } from './access-rules.ts';
import type { AccessWorld, Persona } from './access-world.ts';

/** What is asked of an operation; the names are those of its path, its parameters and its body. */
export interface RestInput {
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
}

/** One way of asking an operation, and how it must end for whom. */
export interface RestCase {
  /** What tells this case from the others of the operation. */
  what: string;
  /** Of what the token holds; every caller of it that counts is "signed in". */
  rule: AccessRule;
  input(w: AccessWorld, me: Persona): RestInput;
  /** What an answer means, in the words of the rule; without it every answer is `done`. */
  outcome?(answer: unknown, w: AccessWorld): Outcome;
}

/** The request as a program sends it. */
export function restRequest(operation: Operation, input: RestInput, headers: Headers): Request {
  const path = operation.path.replaceAll(/\{(\w+)(\*?)\}/g, (_, name: string, rest: string) => {
    const text = input.params?.[name] ?? '';
    return rest ? text.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(text);
  });
  const query = new URLSearchParams(input.query).toString();
  const own = new Headers(headers);
  own.set('accept', 'application/json');
  const body = input.body === undefined ? undefined : JSON.stringify(input.body);
  return new Request(`http://web/api/v1${path}${query ? `?${query}` : ''}`, {
    method: operation.method,
    headers: own,
    body: operation.method === 'GET' ? undefined : body,
  });
}
