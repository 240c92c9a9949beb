import { fileURLToPath } from 'node:url';

/** The folder of this checkout. */
export const projectRoot = fileURLToPath(new URL('..', import.meta.url));
