import { ofServers, promises } from './promises.ts';
import { tryPromises } from './testing/try-promises.ts';

// Apart from the others, so that both run at the same time.
tryPromises(
  promises.filter(({ name }) => ofServers.includes(name)),
  process.env,
);
