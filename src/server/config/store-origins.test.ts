import { expect, it } from 'vitest';
import { storeOrigins } from './store-origins.ts';

const FS = {
  dataUrl: 'https://data.example.org',
  store: 'fs',
  s3Direct: ['reads', 'parts'],
  s3Endpoint: '',
  s3PublicUrl: '',
} as const;
const S3 = { ...FS, store: 's3', s3Endpoint: 'http://10.0.0.5:8000' } as const;

it('are those of the data server, and of an S3 store that agents may send to', () => {
  expect(storeOrigins(FS)).toEqual(['https://data.example.org']);
  expect(storeOrigins(S3)).toEqual(['https://data.example.org', 'http://10.0.0.5:8000']);
  expect(storeOrigins({ ...S3, s3PublicUrl: 'https://s3.example.org/' })).toEqual([
    'https://data.example.org',
    'https://s3.example.org',
  ]);
  expect(storeOrigins({ ...S3, s3Direct: ['reads'] })).toEqual(['https://data.example.org']);
});
