'use client';
import './globals.css';
import PageError from './error.tsx';

/** When even the outermost layout failed: brings its own document. */
export default function GlobalError(props: { error: unknown; retry: () => void }) {
  return (
    <html lang="en">
      <body>
        <PageError {...props} />
      </body>
    </html>
  );
}
