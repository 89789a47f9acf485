'use client';
/** The same inside the shell, so that the navigation stays. */
export { default } from '../error.tsx';
