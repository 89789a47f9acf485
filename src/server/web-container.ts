import { config } from '#src/server/config/config.ts';
import { isDevelopment } from '#src/server/config/runtime-mode.ts';
import { type Container, createContainer } from '#src/server/container.ts';

const SLOT = Symbol.for('beamdeck.web-container');
const shared = globalThis as { [SLOT]?: Container };
let own: Container | undefined;

/**
 * The services of this web process, built at the first call (never while building: no database is there then).
 * Next loads pages and route handlers as separate module graphs, so in production the one container hangs on
 * `globalThis`. Under `next dev` each graph keeps its own, or edited services would never take effect.
 */
export function webContainer(): Container {
  if (isDevelopment) {
    own ??= createContainer(config(), 'web');
    return own;
  }
  shared[SLOT] ??= createContainer(config(), 'web');
  return shared[SLOT];
}
