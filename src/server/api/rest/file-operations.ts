import { z } from 'zod';
import {
  addressesRequestSchema,
  addressesSchema,
  copyNotedSchema,
  copyReportSchema,
  fileAddressSchema,
  MANIFEST_PAGE,
  MANIFEST_PAGE_MOST,
  manifestPageSchema,
} from '#src/shared/contracts/rest-api.ts';
import { type Operation, serviceOperation } from './operation.ts';

/** What is stored: the list of files with their hashes, and where their bytes are to be had. */
export const FILE_OPERATIONS: readonly Operation[] = [
  serviceOperation({
    id: 'files.manifest',
    method: 'GET',
    path: '/experiments/{experiment}/manifest',
    scope: 'experiments:read',
    summary: 'The files of an experiment with sizes and SHA-256, page by page, and what comes after',
    query: z.strictObject({
      cursor: z.string().max(2000).optional().describe('`cursor` of the page before.'),
      limit: z.coerce.number().int().min(1).max(MANIFEST_PAGE_MOST).default(MANIFEST_PAGE),
    }),
    answer: manifestPageSchema,
    run: ({ ctx, services, params, query }) =>
      services.copies.manifestPage(ctx, {
        code: params.experiment!,
        cursor: query.cursor ?? null,
        limit: query.limit,
      }),
  }),
  serviceOperation({
    id: 'files.address',
    method: 'GET',
    path: '/experiments/{experiment}/files/{path*}',
    scope: 'files:read',
    summary: 'The bytes of a file',
    description:
      'Sends on (302) to a short-lived address that needs no token and answers ranges; with `Accept: application/json` it says the address instead.',
    redirects: true,
    answer: fileAddressSchema,
    run: async ({ ctx, services, params, headers }) => {
      const address = await services.copies.fileAddress(ctx, {
        code: params.experiment!,
        path: params.path!,
      });
      if (headers.get('accept')?.includes('application/json')) return address;
      return new Response(null, { status: 302, headers: { location: address.url } });
    },
  }),
  serviceOperation({
    id: 'files.addresses',
    method: 'POST',
    path: '/experiments/{experiment}/addresses',
    scope: 'files:read',
    summary: 'Where the bytes of many files are to be had',
    body: addressesRequestSchema.strict(),
    answer: addressesSchema,
    run: ({ ctx, services, params, body }) =>
      services.copies.fileAddresses(ctx, { code: params.experiment!, paths: body.paths }),
  }),
  serviceOperation({
    id: 'files.noteCopy',
    method: 'POST',
    path: '/experiments/{experiment}/copies',
    scope: 'files:read',
    summary: 'Says that a copy was brought home and proved',
    description: 'Shown to the people of the experiment. beamdeck-sync pull says it by itself.',
    body: copyReportSchema.strict(),
    answer: copyNotedSchema,
    run: ({ ctx, services, params, body }) =>
      services.copies.noteCopy(ctx, { ...body, code: params.experiment! }),
  }),
];
