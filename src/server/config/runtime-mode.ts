/** True under `next dev`: code is replaced while the process lives. The bundler folds this to a constant. */
export const isDevelopment = process.env.NODE_ENV === 'development';
