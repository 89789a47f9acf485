import type { Container } from '#src/server/container.ts';
import type { ServiceContext } from '#src/server/domain/context.ts';
import {
  requireExperimentOfCode,
  requireProjectOfCode,
} from '#src/server/domain/experiments/experiment.policy.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { createCaller } from '../root.ts';
import type { Asked, CallProcedure, Operation } from './operation.ts';

/** What a request asks of an operation, its shape checked. */
export interface Question {
  params: Readonly<Record<string, string>>;
  query: unknown;
  body: unknown;
  headers: Headers;
  ip: string;
}

/** Runs the operation on these services. What it gives has the shape of its answer: a field the document does not name does not leave. */
export async function runOperation(
  operation: Operation,
  services: Container,
  ctx: ServiceContext,
  question: Question,
): Promise<unknown> {
  const api = createCaller({ services, caller: ctx, ip: question.ip });
  const call: CallProcedure = (name, input) => {
    const [area, verb] = name.split('.') as [string, string];
    const procedures = api as unknown as Record<string, Record<string, (input: unknown) => Promise<never>>>;
    return procedures[area]![verb]!(input);
  };
  const { params } = question;
  const asked: Asked = {
    ...{ ctx, services, call, params },
    ...{ query: question.query, body: question.body, headers: question.headers },
    experimentId: async () =>
      (await requireExperimentOfCode(services.db, ctx, params.experiment!, 'experiment.view')).id,
    projectId: async () =>
      (await requireProjectOfCode(services.db, ctx, params.project!, 'experiment.view')).id,
    instrumentId: async () => {
      const mine = await services.instruments.listMine(ctx);
      const found = mine.find(({ slug }) => slug === params.instrument);
      if (!found) throw new AppError('NOT_FOUND', 'There is no such instrument, or it is not yours to see.');
      return found.id;
    },
  };
  const result = await operation.run(asked);
  if (result instanceof Response || operation.answer === null) return result;
  const told = operation.answer.safeParse(JSON.parse(JSON.stringify(result)));
  if (!told.success)
    throw new Error(`The answer of ${operation.id} has another shape than its document.`, {
      cause: told.error.message,
    });
  return told.data;
}
