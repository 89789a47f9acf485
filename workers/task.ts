import type { Task } from 'graphile-worker';
import type { z } from 'zod';
import type { ServiceContext } from '#src/server/domain/context.ts';
import { systemContext } from '#src/server/domain/new-context.ts';
import type { WorkerContainer } from '#src/server/worker-container.ts';
import type { RunLoop } from './run-loop.ts';

/** What a task has: the services, and the loop that runs jobs. */
export interface WorkerParts {
  services: WorkerContainer;
  runLoop: RunLoop;
}

/** A task checks its payload and calls one service. It may run twice, so what it calls is idempotent. */
export interface TaskDefinition<T> {
  name: string;
  payload: z.ZodType<T>;
  run(parts: WorkerParts, ctx: ServiceContext, payload: T): Promise<void>;
}

export function toTask<T>(definition: TaskDefinition<T>, parts: WorkerParts): Task {
  return async (payload) => {
    await definition.run(parts, systemContext(definition.name), definition.payload.parse(payload ?? {}));
  };
}
