import type { GetObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { s3Error } from './s3-errors.ts';
import { signPut } from './s3-put-address.ts';

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
  presigner: import('@aws-sdk/s3-request-presigner').S3RequestPresigner;
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
    const [lib, { getSignedUrl, S3RequestPresigner }] = await Promise.all([
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
    const own = client(endpoint);
    const presigner = new S3RequestPresigner({ ...own.config });
    return { lib, client: own, publicClient: client(publicUrl), bucket, getSignedUrl, presigner };
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
   * Content-MD5, and so only these bytes; with `sizeBytes` only one of this length; with `headers` (by lower-case names) only one that has
   * them.
   */
  async presignPut(
    to: { Key: string; UploadId?: string; PartNumber?: number },
    options: PresignOptions & {
      md5Base64?: string;
      sizeBytes?: number;
      headers?: Readonly<Record<string, string>>;
    },
  ): Promise<string> {
    const { Key, UploadId, PartNumber } = to;
    const { md5Base64, sizeBytes } = options;
    const opened = await this.#get();
    const headers = {
      ...(md5Base64 === undefined ? {} : { 'content-md5': md5Base64 }),
      ...(sizeBytes === undefined ? {} : { 'content-length': String(sizeBytes) }),
      ...options.headers,
    };
    const query: Record<string, string> =
      UploadId === undefined ? {} : { uploadId: UploadId, partNumber: String(PartNumber) };
    const origin = options.isPublic ? this.settings.publicUrl : this.settings.endpoint;
    const at = { origin, bucket: opened.bucket, key: Key, query, headers };
    const when = { expiresIn: options.expiresInS, signingDate: signingDate(opened, options) };
    return signPut(opened.presigner, at, when);
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
