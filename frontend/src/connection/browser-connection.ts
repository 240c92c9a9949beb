import { useSyncExternalStore } from 'react';
import { isOfGateway, watchConnection } from './connection.ts';

const ping = () => fetch('/settings.json', { cache: 'no-store', signal: AbortSignal.timeout(10_000) });

/** The connection of this page to its server. */
export const connection = watchConnection({
  ping,
  later(work, ms) {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
});
addEventListener('online', () => void connection.look());
addEventListener('offline', () => connection.lost());

/**
 * A part of the page that is loaded when it is needed. Where the line is lost it fails with another error than the
 * browser's own, upon which the router would reload a page that cannot be had.
 */
export async function loadPart<T>(part: Promise<T>): Promise<T> {
  try {
    return await part;
  } catch (error) {
    const answer = await ping().catch(() => null);
    if (answer && !isOfGateway(answer)) throw error;
    connection.lost();
    throw new Error('a part of the page did not come', { cause: error });
  }
}

export const useConnectionLost = () => useSyncExternalStore(connection.subscribe, connection.isLost);
