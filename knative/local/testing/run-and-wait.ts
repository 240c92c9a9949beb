import { argv } from 'node:process';
import { sourceStarter } from '../function-starters.ts';
import { openDoor } from '../gateway/door.ts';
import { openRuntime } from '../open-runtime.ts';

// A runtime in a process of its own, for tests that kill it. Arguments: manifests, functions, state folder.
const [, , manifests, functions, stateFolder] = argv;
const start = sourceStarter(process.execPath, functions, functions);
await openRuntime({
  manifests,
  door: await openDoor({ host: '127.0.0.1', port: 0 }),
  command: () => start('worker'),
  env: {},
  countQueue: () => Promise.resolve({ ready: 1, inFlight: 0 }),
  stateFolder,
  log: ({ line }) => process.stdout.write(`${line}\n`),
});
