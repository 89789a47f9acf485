/** Headers that never change; the content policy of pages carries a nonce and is made in src/proxy.ts. */
const FIXED_HEADERS = [
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  { key: 'X-Frame-Options', value: 'DENY' },
  { key: 'Referrer-Policy', value: 'strict-origin-when-cross-origin' },
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Resource-Policy', value: 'same-origin' },
  {
    key: 'Permissions-Policy',
    value: 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()',
  },
];

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
    '@aws-sdk/s3-request-presigner',
  ],
  // `npm test` checks the types once; a first start need not do it again.
  typescript: { ignoreBuildErrors: true },
  headers: async () => [
    { source: '/:path*', headers: FIXED_HEADERS },
    {
      // Answers of the API are data: were one opened as a page, nothing in it may run or load. Its page of operations brings a policy of its own.
      source: '/api/:path((?!v1/docs$).*)',
      headers: [{ key: 'Content-Security-Policy', value: "default-src 'none'; frame-ancestors 'none'" }],
    },
  ],
};
