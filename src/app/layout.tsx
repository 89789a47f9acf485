import type { Metadata, Viewport } from 'next';
import { cookies, headers } from 'next/headers';
import type { ReactNode } from 'react';
import { StyleNonce } from '#src/components/style-nonce.tsx';
import { THEME_COOKIE, themeAttribute } from '#src/components/theme.ts';
import './globals.css';

export const metadata: Metadata = {
  title: { default: 'Beamdeck', template: '%s · Beamdeck' },
  description: 'An open-source cloud for beamlines.',
  referrer: 'strict-origin-when-cross-origin',
};

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#ffffff' },
    { media: '(prefers-color-scheme: dark)', color: '#10151c' },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  // Both make every page dynamic, which the nonce of the content policy needs.
  const [jar, sent] = await Promise.all([cookies(), headers()]);
  const theme = themeAttribute(jar.get(THEME_COOKIE)?.value);
  return (
    <html lang="en" data-theme={theme} suppressHydrationWarning>
      <body>
        <StyleNonce nonce={sent.get('x-nonce') ?? ''} />
        {children}
      </body>
    </html>
  );
}
