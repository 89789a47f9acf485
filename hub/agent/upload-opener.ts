import type { UploadOpenRequest, UploadOpenResponse } from '#src/shared/contracts/agent-api.ts';
import { AskedTogether } from './asked-together.ts';
import { type ServerClient, ServerUnreachable } from './server-client.ts';

type Item = UploadOpenRequest['uploads'][number];
export type Opened = UploadOpenResponse['uploads'][number];

const MAX_BATCH = 100;

/** Opens uploads, many with one request. */
export class UploadOpener {
  private readonly asked: AskedTogether<Item, Opened>;

  constructor(client: Pick<ServerClient, 'openUploads'>) {
    this.asked = new AskedTogether<Item, Opened>(async (items) => {
      const { uploads } = await client.openUploads({ uploads: items });
      const byClient = new Map(uploads.map((upload) => [upload.clientId, upload]));
      return items.map(
        ({ clientId, path }) =>
          byClient.get(clientId) ?? new ServerUnreachable(`the server did not answer for ${path}`),
      );
    }, MAX_BATCH);
  }

  open(item: Item): Promise<Opened> {
    return this.asked.for(item);
  }
}
