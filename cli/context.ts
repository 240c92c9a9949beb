import { availableParallelism, freemem } from 'node:os';
import type { Settings } from '#shared/config/settings.ts';
import type { Product } from '#shared/config/product.ts';

/** What every command is given: settings, where to write, when to stop. */
export interface CliContext {
  settings: Settings;
  product: Product;
  /** Machine-readable output wanted. */
  json: boolean;
  /** YYYY-MM-DD. */
  today: string;
  signal: AbortSignal;
  /** Writes the result for a person, or the JSON document where that is wanted. */
  print: (text: string, document: unknown) => void;
}

/** A worker with a full chunk of a season stays under this. */
const workerBytes = 1.5e9;

/** One worker per core, as memory allows. */
export const defaultWorkers = (): number =>
  Math.max(1, Math.min(availableParallelism(), Math.floor(freemem() / workerBytes)));
