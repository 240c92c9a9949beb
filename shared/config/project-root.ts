import { fileURLToPath } from 'node:url';

/** The folder of this checkout; a bundle lies elsewhere and is told where it came from. */
export const projectRoot: string = process.env.GEOCROP_ROOT ?? fileURLToPath(new URL('../..', import.meta.url));
