import { webContainer } from '#src/server/web-container.ts';
import { ERROR_CODES, type ErrorCode } from '#src/shared/errors/app-error.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { enterWebEnvironment, leaveWebEnvironment } from '#src/testing/web-environment.ts';
import { heldBy, PERSONA_NAMES } from './access-personas.ts';
import type { AccessRule } from './access-rules.ts';
import { type AccessWorld, accessWorld } from './access-world.ts';

/** The web app's own container, as its routes ask for it, with people of every kind before its doors. */
export interface WebDoors {
  database: TestDatabase;
  storage: TestStore;
  w: AccessWorld;
  /**
   * The statuses that every persona is answered, beside those that the rule tells of them. Put into one `expect` they say who is let in that
   * must not be, and who is not that must.
   */
  statuses(
    rule: AccessRule,
    ask: (headers: Headers) => Promise<Response>,
  ): Promise<{ found: Record<string, number>; expected: Record<string, number> }>;
  close(): Promise<void>;
}

export async function webDoors(): Promise<WebDoors> {
  const [database, storage] = await Promise.all([testDatabase(), testStore()]);
  enterWebEnvironment(database, storage);
  const w = await accessWorld(webContainer());
  return {
    ...{ database, storage, w },
    async statuses(rule, ask) {
      const [found, expected] = [{} as Record<string, number>, {} as Record<string, number>];
      for (const name of PERSONA_NAMES) {
        const outcome = rule(heldBy(name));
        expected[name] = outcome === 'done' ? 200 : ERROR_CODES[outcome as ErrorCode].status;
        found[name] = (await ask(w.personas[name].headers)).status;
      }
      return { found, expected };
    },
    async close() {
      await leaveWebEnvironment();
      await database.drop();
      await storage.close();
    },
  };
}
