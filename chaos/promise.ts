import type { FoundServices } from '../services/find-services.ts';

/** One line of the table: what was tried, how often it was kept, and how often it must be tried at least. */
export interface Row {
  promise: string;
  tried: number;
  kept: number;
  goal: number;
}

export type Need = 'PostgreSQL' | 'an S3 server' | 'toxiproxy' | 'schemathesis' | 'a mount namespace';

/** A promise of the platform, and what tries to break it. */
export interface ChaosPromise {
  name: string;
  /** Least number of attempts of a full run. */
  goal: number;
  /** What must be on the machine for it, beside Node. */
  needs?: readonly Need[] | undefined;
  /** Attempts at the smallest share, where one alone would show nothing. */
  least?: number | undefined;
  /** Tries so many times; one row, or several where one trial shows several things. */
  run(attempts: number, io: ChaosIo): Promise<Omit<Row, 'goal'> | Row[]>;
}

/** What a trial may use. */
export interface ChaosIo {
  /** An empty folder of this promise's own. */
  folder: string;
  /** From 0 to 1, the same sequence in every run. */
  random: () => number;
  /** Tells of the progress. */
  say: (text: string) => void;
  /** Address of a new migrated database of a real PostgreSQL. */
  newDatabase: () => Promise<string>;
  /** The programs on this machine that were got by `npm run services:get`. */
  services: FoundServices;
  /** Catalogue of a made season of 3 x 2 chunks and 10 dates. */
  season: () => Promise<string>;
}
