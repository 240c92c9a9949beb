import { ofServers, promises } from './promises.ts';
import { tryPromises } from './testing/try-promises.ts';

tryPromises(
  promises.filter(({ name }) => !ofServers.includes(name)),
  process.env,
);
