import { useSyncExternalStore } from 'react';
import { watchConnection } from './connection.ts';

/** The connection of this page to its server. */
export const connection = watchConnection({
  ping: () => fetch('/settings.json', { cache: 'no-store', signal: AbortSignal.timeout(10_000) }),
  later(work, ms) {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
});
addEventListener('online', () => void connection.look());
addEventListener('offline', () => connection.lost());

export const useConnectionLost = () => useSyncExternalStore(connection.subscribe, connection.isLost);
