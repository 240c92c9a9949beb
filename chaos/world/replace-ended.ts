import type { ChaosIo } from '../promise.ts';
import type { World } from './open-world.ts';

/** Starts a process again where one has ended by itself, as the platform does; until the returned function is called. */
export function replaceEnded(world: World, io: ChaosIo): () => void {
  const look = () => {
    for (const work of world.processes) {
      const { exitCode, signalCode } = work.child;
      if (exitCode === null && signalCode === null) continue;
      world.processes.delete(work);
      world.start(work.name);
      io.say(`a process of ${work.name} ended with ${exitCode ?? signalCode} and was replaced`);
    }
  };
  const timer = setInterval(look, 500);
  return () => clearInterval(timer);
}
