import { config } from 'zod/v4/core';

/** Zod compiles schemas where it may; the content policy forbids that in a browser, and every try would be reported as a breach of it. */
config({ jitless: true });
