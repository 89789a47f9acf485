import { answerRequest } from '#src/server/api/rest/answer-request.ts';
import { openApiDocument } from '#src/server/api/rest/openapi-document.ts';
import { webContainer } from '#src/server/web-container.ts';

export const dynamic = 'force-dynamic';

/** Everything that programs ask: `server/api/rest/operations.ts` says what there is. */
const answer = (request: Request) => answerRequest(webContainer(), request);

export { answer as DELETE, answer as PATCH, answer as POST, answer as PUT };

/** The document is for everybody: it says what there is to ask, and nothing of what is stored. */
export const GET = (request: Request) =>
  new URL(request.url).pathname.endsWith('/v1/openapi.json')
    ? Response.json(openApiDocument())
    : answer(request);
export { GET as HEAD };
