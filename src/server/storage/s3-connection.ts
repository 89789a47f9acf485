import type { GetObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { s3Error } from './s3-errors.ts';

/** Where the bucket is, and the key to it. */
export interface S3Settings {
  /** Origin of the store as the server reaches it, without a slash at the end. */
  endpoint: string;
  /** The same as agents and browsers reach it. */
  publicUrl: string;
  region: string;
  bucket: string;
  accessKey: string;
  secretKey: string;
}

/** What may go between the store and agents or browsers without the data server. */
export type DirectWay = 'reads' | 'parts';

type Library = typeof import('@aws-sdk/client-s3');
export interface S3 {
  lib: Library;
  client: S3Client;
  bucket: string;
}

const CONNECT_MS = 5000;
/** Completing an upload of many parts takes a store its time, in which nothing moves. */
const SILENCE_MS = 60_000;
const CONNECTIONS = 128;

interface Opened extends S3 {
  /** Signs addresses that are reached under the public origin. */
  publicClient: S3Client;
  getSignedUrl: typeof import('@aws-sdk/s3-request-presigner').getSignedUrl;
}

export interface PresignOptions {
  expiresInS: number;
  /** True: for agents and browsers. */
  isPublic: boolean;
  /** Time the address counts from by this machine's clock, ms since 1970; now when absent. */
  signedAtMs?: number;
}

/**
 * The connection to one bucket. The library is loaded at the first use, so that an installation on plain files pays neither the 0.1 s nor the
 * 30 MB. Checksums of the library's own kind are off where a request does not need them: not every store checks them, and what is
 * proved here is proved by MD5 (docs/decisions/0014).
 */
export class S3Connection {
  readonly settings: S3Settings;
  #opened: Promise<Opened> | undefined;

  constructor(settings: S3Settings) {
    this.settings = settings;
  }

  async #open(): Promise<Opened> {
    const [lib, { getSignedUrl }] = await Promise.all([
      import('@aws-sdk/client-s3'),
      import('@aws-sdk/s3-request-presigner'),
    ]);
    const { endpoint, publicUrl, region, bucket, accessKey, secretKey } = this.settings;
    const client = (origin: string) =>
      new lib.S3Client({
        endpoint: origin,
        region,
        credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
        forcePathStyle: true,
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
        maxAttempts: 3,
        requestHandler: {
          connectionTimeout: CONNECT_MS,
          socketTimeout: SILENCE_MS,
          httpAgent: { keepAlive: true, maxSockets: CONNECTIONS },
          httpsAgent: { keepAlive: true, maxSockets: CONNECTIONS },
        },
      });
    return { lib, client: client(endpoint), publicClient: client(publicUrl), bucket, getSignedUrl };
  }

  #get(): Promise<Opened> {
    this.#opened ??= this.#open().catch((error) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  /** Runs requests; what fails is told as AppError about `what`. */
  async run<T>(what: string, use: (s3: S3) => Promise<T>): Promise<T> {
    const s3 = await this.#get();
    try {
      return await use(s3);
    } catch (error) {
      throw s3Error(error, what);
    }
  }

  /**
   * The address of one PUT: of a part, or of a whole object where no upload is named. With `md5Base64` it takes only a request with this
   * Content-MD5, and so only these bytes; with `sizeBytes` only one of this length.
   */
  async presignPut(
    to: { Key: string; UploadId?: string; PartNumber?: number },
    options: PresignOptions & { md5Base64?: string; sizeBytes?: number },
  ): Promise<string> {
    const { Key, UploadId, PartNumber } = to;
    const { md5Base64, sizeBytes } = options;
    const opened = await this.#get();
    const object = {
      Bucket: opened.bucket,
      Key,
      ...(md5Base64 === undefined ? {} : { ContentMD5: md5Base64 }),
      ...(sizeBytes === undefined ? {} : { ContentLength: sizeBytes }),
    };
    const bound = new Set(['host']);
    if (md5Base64 !== undefined) bound.add('content-md5');
    if (sizeBytes !== undefined) bound.add('content-length');
    const client = options.isPublic ? opened.publicClient : opened.client;
    const how = {
      expiresIn: options.expiresInS,
      signingDate: signingDate(opened, options),
      signableHeaders: bound,
      unhoistableHeaders: bound,
    };
    return UploadId === undefined
      ? opened.getSignedUrl(client, new opened.lib.PutObjectCommand(object), how)
      : opened.getSignedUrl(
          client,
          new opened.lib.UploadPartCommand({ ...object, UploadId, PartNumber }),
          how,
        );
  }

  /** The address of (range) GETs. `marks` are parameters that mean nothing to the store, and make another address. */
  async presignGet(
    input: Omit<GetObjectCommandInput, 'Bucket'>,
    options: PresignOptions,
    marks: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const opened = await this.#get();
    const command = new opened.lib.GetObjectCommand({ ...input, Bucket: opened.bucket });
    command.middlewareStack.add(
      (next) => (args) => {
        Object.assign((args.request as { query: Record<string, string> }).query, marks);
        return next(args);
      },
      { step: 'build', name: 'marks' },
    );
    return opened.getSignedUrl(options.isPublic ? opened.publicClient : opened.client, command, {
      expiresIn: options.expiresInS,
      signingDate: signingDate(opened, options),
    });
  }
}

/** By the store's clock, as far as its answers have told it: a machine whose clock is wrong still signs addresses that count. */
const signingDate = ({ client }: Opened, { signedAtMs = Date.now() }: PresignOptions) =>
  new Date(signedAtMs + client.config.systemClockOffset);
