import type { ReadAsset } from '#shared/mapping/read-observation.ts';
import type { ReadAnswer, ReadDone, ReadRequest } from './messages.ts';
import { unpackError } from './send-error.ts';

/** Memory of this thread goes at once, instead of when V8 next collects. */
function freeOwn(samples: ArrayLike<number>): void {
  if (ArrayBuffer.isView(samples) && samples.buffer instanceof ArrayBuffer) samples.buffer.transfer(0);
}

/** Reads by asking another thread; `take` takes its answers. A read goes on even if nobody waits for it any more. */
export function remoteReader(ask: (request: ReadRequest | ReadDone) => void): {
  read: ReadAsset;
  /** Gives back the memory of samples that came from a read. */
  release: (samples: ArrayLike<number>) => void;
  take: (answer: ReadAnswer) => void;
} {
  const waiting = new Map<number, PromiseWithResolvers<ArrayLike<number>>>();
  const ids = new WeakMap<ArrayLike<number>, number>();
  let last = 0;
  return {
    read(asset, window) {
      const id = ++last;
      const answer = Promise.withResolvers<ArrayLike<number>>();
      waiting.set(id, answer);
      ask({ type: 'read', id, asset, window });
      return answer.promise;
    },
    release(samples) {
      const id = ids.get(samples);
      if (id === undefined) return;
      ids.delete(samples);
      freeOwn(samples);
      ask({ type: 'read-done', id });
    },
    take(answer) {
      const { resolve, reject } = waiting.get(answer.id)!;
      waiting.delete(answer.id);
      if (answer.type === 'unread') return reject(unpackError(answer.error));
      ids.set(answer.samples, answer.id);
      resolve(answer.samples);
    },
  };
}
