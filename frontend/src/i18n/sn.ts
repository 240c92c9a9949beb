import type { Catalog } from './message.ts';

/** Shona: waits for its translator. */
export const sn: Catalog = {};
