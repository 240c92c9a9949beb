import { QueryClient } from '@tanstack/react-query';
import { isPassing } from './api/api-error.ts';
import { connection } from './connection/browser-connection.ts';
import { session } from './session/browser-session.ts';

const tries = 3;

/** The server may be on this very machine: whether the internet is there says nothing, so nothing waits for it. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: 'always',
      staleTime: 15_000,
      retry: (count, error) => isPassing(error) && count < tries,
    },
    mutations: { networkMode: 'always', retry: false },
  },
});

/** What failed meanwhile is asked again once the server answers. */
connection.subscribe(() => {
  if (!connection.isLost()) void queryClient.refetchQueries({ predicate: ({ state }) => state.status === 'error' });
});

/** Another person must not see what was kept for the last one. */
let known: string | null = null;
session.subscribe(() => {
  const state = session.state();
  if (state.status === 'unknown') return;
  const user = state.status === 'in' ? state.login.user.id : null;
  if (known !== null && known !== user) queryClient.clear();
  known = user;
});
