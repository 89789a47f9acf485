import { DOCS_PAGE_POLICY, docsPage } from '#src/server/api/rest/docs-page.ts';

/** For people: the operations, without anything from elsewhere. */
export const GET = () =>
  new Response(docsPage(), {
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': DOCS_PAGE_POLICY },
  });
