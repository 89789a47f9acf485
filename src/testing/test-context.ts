import type { Principal, ServiceContext } from '../server/domain/context.ts';
import { newContext } from '../server/domain/new-context.ts';

/** A context whose clock a test can set: `ctx.at('2026-05-01T10:00:00Z')`. */
export function testContext(
  principal: Principal = { kind: 'system', name: 'test' },
): ServiceContext & { at(iso: string | null): void } {
  const real = newContext(principal, 'test-request');
  let fixed: Date | null = null;
  return {
    ...real,
    now: () => (fixed ? new Date(fixed) : new Date()),
    at(iso) {
      fixed = iso === null ? null : new Date(iso);
    },
  };
}

export const asPerson = (personId: string, name = 'Test Person'): Principal => ({
  kind: 'person',
  personId,
  sessionId: '00000000-0000-7000-8000-000000000000',
  name,
  email: `${name.toLowerCase().replaceAll(' ', '.')}@example.org`,
});
