import type { Catalog } from './message.ts';

/** Ndebele: waits for its translator. */
export const nd: Catalog = {};
