import type { Quote } from '../api/types.ts';

/** What of a quote the job's page needs, seconds. */
export interface KeptQuote {
  low: number;
  likely: number;
  high: number;
}

const keyOf = (id: string) => `geocrop.quote.${id}`;
const isSeconds = (value: unknown): value is number => typeof value === 'number' && value >= 0;

/** Keeps what was promised of a job for its page, for as long as the window lives. */
export function keepQuote(storage: Pick<Storage, 'setItem'>, id: string, quote: Quote): void {
  const kept: KeptQuote = { low: quote.secondsLow, likely: quote.seconds, high: quote.secondsHigh };
  try {
    storage.setItem(keyOf(id), JSON.stringify(kept));
  } catch {
    return;
  }
}

export function keptQuote(storage: Pick<Storage, 'getItem'>, id: string): KeptQuote | null {
  try {
    const { low, likely, high } = JSON.parse(storage.getItem(keyOf(id)) ?? '{}') as Partial<KeptQuote>;
    return isSeconds(low) && isSeconds(likely) && isSeconds(high) ? { low, likely, high } : null;
  } catch {
    return null;
  }
}
