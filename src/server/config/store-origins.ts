import type { ServerConfig } from './schema.ts';

/**
 * Origins of the addresses that agents may be given for the bytes: the data server, and the S3 store itself where it is set to take parts
 * from agents (it falls back to the data server).
 */
export function storeOrigins({
  dataUrl,
  store,
  s3Direct,
  s3Endpoint,
  s3PublicUrl,
}: Pick<ServerConfig, 'dataUrl' | 'store' | 's3Direct' | 's3Endpoint' | 's3PublicUrl'>): string[] {
  const urls = [dataUrl];
  if (store === 's3' && s3Direct.includes('parts')) urls.push(s3PublicUrl || s3Endpoint);
  return [...new Set(urls.map((url) => new URL(url).origin))];
}
