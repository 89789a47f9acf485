import {
  MAX_COMPLETIONS,
  type UploadCompleteRequest,
  type UploadCompleteResponse,
  type UploadsCompleteRequest,
} from '#src/shared/contracts/agent-api.ts';
import { AskedTogether } from './asked-together.ts';
import { type ServerClient, ServerUnreachable } from './server-client.ts';

/** Bringing more than this to the disk may take long: who is larger asks alone, so that nobody waits for it. */
const SMALL_BYTES = 16 * 1024 * 1024;
/** Characters of a file's frame tables and values: together they must not be more than a request may hold. */
const SMALL_TABLES = 10_000;

const tableCharacters = ({ chunks, frameValues = [] }: UploadCompleteRequest): number =>
  chunks.reduce((sum, { entries }) => sum + entries.length, 0) +
  frameValues.reduce((sum, { values }) => sum + values.length, 0);

/** Completes uploads, small ones many with one request. */
export class UploadCompleter {
  private readonly client: Pick<ServerClient, 'completeUpload' | 'completeUploads'>;
  private readonly asked: AskedTogether<UploadsCompleteRequest['uploads'][number], UploadCompleteResponse>;

  constructor(client: Pick<ServerClient, 'completeUpload' | 'completeUploads'>) {
    this.client = client;
    this.asked = new AskedTogether(async (uploads) => {
      const outcomes = await client.completeUploads({ uploads });
      const byId = new Map(outcomes.map((one) => [one.uploadId, one.outcome]));
      return uploads.map(
        ({ uploadId }) =>
          byId.get(uploadId) ?? new ServerUnreachable(`the server did not answer for upload ${uploadId}`),
      );
    }, MAX_COMPLETIONS);
  }

  complete(uploadId: string, request: UploadCompleteRequest): Promise<UploadCompleteResponse> {
    const isSmall = request.sizeBytes <= SMALL_BYTES && tableCharacters(request) <= SMALL_TABLES;
    return isSmall ? this.asked.for({ uploadId, ...request }) : this.client.completeUpload(uploadId, request);
  }
}
