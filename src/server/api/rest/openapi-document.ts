import { z } from 'zod';
import { REST_API_BASE } from '#src/shared/contracts/rest-api.ts';
import { ERROR_CODES } from '#src/shared/errors/app-error.ts';
import { TOKEN_SCOPES } from '#src/shared/permissions/token-scopes.ts';
import { type OperationFacts, statusOf } from './operation.ts';
import { OPERATIONS } from './operations.ts';

type Json = Record<string, unknown>;

/** JSON Schema 2020-12, which OpenAPI 3.1 takes as it is. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' }) as Json;
  return json;
}

const PATH_MEANS: Readonly<Record<string, string>> = {
  experiment: 'Code of the experiment, as DEM26-7K2QF; compared without case and hyphen.',
  instrument: 'Slug of the instrument.',
  visit: 'Id of the visit at the user office, unique in the facility.',
  path: 'Path of the file in the experiment, percent-encoded; slashes are left as they are.',
};

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\*?\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    ...(PATH_MEANS[name!] ? { description: PATH_MEANS[name!] } : {}),
    schema: name!.endsWith('Id') ? { type: 'string', format: 'uuid' } : { type: 'string' },
  }));
}

function queryParameters(query: z.ZodObject): Json[] {
  const { properties = {}, required = [] } = schemaOf(query, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    ...{ name, in: 'query', required: required.includes(name) },
    ...(description ? { description } : {}),
    schema,
  }));
}

const KEY_PARAMETER = {
  ...{ name: 'Idempotency-Key', in: 'header', required: false },
  description: 'The same request with the same key is answered once and made once, for 24 hours.',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
};

const json = (schema: Json) => ({ 'application/json': { schema } });

function operationOf(facts: OperationFacts): Json {
  const { id, scope, summary, description, procedure, query, body, answer, creates, redirects } = facts;
  const parameters = [
    ...pathParameters(facts.path),
    ...(query ? queryParameters(query) : []),
    ...(creates ? [KEY_PARAMETER] : []),
  ];
  const done = answer
    ? { description: 'Done.', content: json(schemaOf(answer, 'output')) }
    : { description: 'Done.' };
  return {
    ...{ operationId: id, tags: [id.split('.')[0]], summary },
    ...(description ? { description } : {}),
    ...(procedure ? { 'x-procedure': procedure } : {}),
    security: [{ accessToken: [scope] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, content: json(schemaOf(body, 'input')) } } : {}),
    responses: {
      [statusOf(facts)]: done,
      ...(redirects ? { 302: { description: 'The bytes are at `Location`.' } } : {}),
      default: { $ref: '#/components/responses/Refused' },
    },
  };
}

/** The OpenAPI 3.1 document of everything under /api/v1, the same at every call. */
export function openApiDocument(): Json {
  const paths: Record<string, Json> = {};
  for (const facts of OPERATIONS) {
    const path = REST_API_BASE + facts.path.replace('*}', '}');
    paths[path] = { ...paths[path], [facts.method.toLowerCase()]: operationOf(facts) };
  }
  const scopes = Object.entries(TOKEN_SCOPES).map(([scope, { means }]) => `- \`${scope}\`: ${means}`);
  const error = {
    type: 'object',
    required: ['code', 'message', 'requestId'],
    properties: {
      code: { type: 'string', enum: Object.keys(ERROR_CODES) },
      message: { type: 'string', description: 'What happened and what to do, for a person.' },
      requestId: { type: 'string', description: 'Under this id the log has it.' },
      details: { type: 'object', description: 'Facts for programs; `fields` has the faults of the input.' },
    },
  };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Beamdeck',
      version: 'v1',
      description:
        'What programs may ask with an access token. Fields may be added to answers; nothing is taken away or renamed within v1.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: {
        accessToken: {
          ...{ type: 'http', scheme: 'bearer' },
          description: `An access token, made on the account page or for an instrument on the page of its agents. Scopes:\n\n${scopes.join('\n')}`,
        },
      },
      responses: {
        Refused: {
          description: 'Refused, with the reason.',
          content: json({ $ref: '#/components/schemas/Error' }),
        },
      },
      schemas: { Error: error },
    },
  };
}
