/** Headers that never change; the content policy of pages carries a nonce and is made in src/proxy.ts. */
const FIXED_HEADERS = [
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  { key: 'Referrer-Policy', value: 'strict-origin-when-cross-origin' },
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Resource-Policy', value: 'same-origin' },
  {
    key: 'Permissions-Policy',
    value: 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()',
  },
];

/** What the script of a job wrote is shown in a frame of the page of the job, and confined by a policy of its own (src/server/api/report-policy.ts). */
const RESULT_OF_JOB = 'jobs/[^/]+/result$';

/** @type {import('next').NextConfig} */
export default {
  poweredByHeader: false,
  reactStrictMode: true,
  devIndicators: false,
  // The development server is opened as 127.0.0.1, which Next takes for another site than localhost.
  allowedDevOrigins: ['127.0.0.1'],
  // Native code, or packages that find their own files at run time.
  serverExternalPackages: [
    'pino',
    '@node-rs/argon2',
    '@node-rs/crc32',
    'pg',
    'graphile-worker',
    '@aws-sdk/client-s3',
    '@aws-sdk/client-sts',
    '@aws-sdk/s3-request-presigner',
  ],
  // `npm test` checks the types once; a first start need not do it again.
  typescript: { ignoreBuildErrors: true },
  headers: async () => [
    { source: '/:path*', headers: FIXED_HEADERS },
    {
      source: `/:path((?!api/${RESULT_OF_JOB}).*)`,
      headers: [{ key: 'X-Frame-Options', value: 'DENY' }],
    },
    {
      // Answers of the API are data: were one opened as a page, nothing in it may run or load. Its page of operations and reports bring policies of their own.
      source: `/api/:path((?!v1/docs$|${RESULT_OF_JOB}).*)`,
      headers: [{ key: 'Content-Security-Policy', value: "default-src 'none'; frame-ancestors 'none'" }],
    },
  ],
};
