import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import type { z } from 'zod';
import type { Services } from '#src/server/container.ts';
import type { ServiceContext } from '#src/server/domain/context.ts';
import type { TokenScope } from '#src/shared/permissions/token-scopes.ts';
import type { AppRouter } from '../root.ts';

type Inputs = inferRouterInputs<AppRouter>;
type Outputs = inferRouterOutputs<AppRouter>;

/** Every procedure of the router, as `experiments.activate`. */
export type ProcedureName = {
  [Area in keyof Inputs & string]: `${Area}.${keyof Inputs[Area] & string}`;
}[keyof Inputs & string];

type In<Name> = Name extends `${infer Area extends keyof Inputs & string}.${infer Verb}`
  ? Verb extends keyof Inputs[Area]
    ? Inputs[Area][Verb]
    : never
  : never;
type Out<Name> = Name extends `${infer Area extends keyof Outputs & string}.${infer Verb}`
  ? Verb extends keyof Outputs[Area]
    ? Outputs[Area][Verb]
    : never
  : never;

export type CallProcedure = <Name extends ProcedureName>(name: Name, input: In<Name>) => Promise<Out<Name>>;

/** A request that was found to be one of an operation, by a token with its scope, and of the right shape. */
export interface Asked<Query = unknown, Body = unknown> {
  ctx: ServiceContext;
  services: Services;
  call: CallProcedure;
  /** Of the path, decoded. */
  params: Readonly<Record<string, string>>;
  query: Query;
  body: Body;
  headers: Headers;
  /** Id of the experiment whose code is in the path. Throws NOT_FOUND for strangers as for a code that is none. */
  experimentId(): Promise<string>;
  /** Id of the project whose code is in the path. Throws NOT_FOUND likewise. */
  projectId(): Promise<string>;
  /** Id of the instrument whose slug is in the path. Throws NOT_FOUND likewise. */
  instrumentId(): Promise<string>;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What is known of an operation beside how it runs: the OpenAPI document and the access matrix are made from it. */
export interface OperationFacts {
  /** operationId of the OpenAPI document; its first part is the chapter. */
  id: string;
  method: Method;
  /** Below /api/v1; `{name}` is one segment, `{name*}` at the end the rest with its slashes. */
  path: string;
  /** The one scope it opens to. */
  scope: TokenScope;
  summary: string;
  description?: string;
  /** Whose rules it follows; null: a service that no page needs. */
  procedure: ProcedureName | null;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** What is answered; null: nothing (204). */
  answer: z.ZodType | null;
  /** It makes something new: answers 201, and takes an Idempotency-Key. */
  creates?: true;
  /** It may answer by itself, as with an address to go to. */
  redirects?: true;
}

/** 204 for nothing, 201 for something new. */
export const statusOf = ({ answer, creates }: OperationFacts) =>
  answer === null ? 204 : creates ? 201 : 200;

export interface Operation extends OperationFacts {
  run(asked: Asked): Promise<unknown>;
}

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : Record<string, never>;

interface Told<Query, Body> extends Omit<OperationFacts, 'query' | 'body' | 'procedure'> {
  query?: Query;
  body?: Body;
}

/** An operation that is a procedure of the router, its input put together from path, query and body. */
export function procedureOperation<
  Name extends ProcedureName,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(
  facts: Told<Query, Body> & {
    procedure: Name;
    input(asked: Asked<Parsed<Query>, Parsed<Body>>): In<Name> | Promise<In<Name>>;
    /** Where the answer is called otherwise than the result. */
    view?(result: Out<Name>, asked: Asked<Parsed<Query>, Parsed<Body>>): unknown;
  },
): Operation {
  const { input, view, ...told } = facts;
  return {
    ...(told as OperationFacts),
    run: async (asked) => {
      const own = asked as Asked<Parsed<Query>, Parsed<Body>>;
      const result = await asked.call(facts.procedure, await input(own));
      return view ? view(result, own) : result;
    },
  };
}

/** An operation of a service that no procedure has. */
export function serviceOperation<
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(
  facts: Told<Query, Body> & { run(asked: Asked<Parsed<Query>, Parsed<Body>>): Promise<unknown> },
): Operation {
  const { run, ...told } = facts;
  return {
    ...(told as Omit<OperationFacts, 'procedure'>),
    procedure: null,
    run: (asked) => run(asked as Asked<Parsed<Query>, Parsed<Body>>),
  };
}
