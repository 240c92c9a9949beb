import type { ReadAsset } from '#shared/mapping/read-observation.ts';
import type { ReadAnswer, ReadRequest } from './messages.ts';
import { unpackError } from './send-error.ts';

/** Gives the memory of samples that came from a read back at once, instead of when V8 next collects. */
export function freeSamples(samples: ArrayLike<number>): void {
  if (ArrayBuffer.isView(samples) && samples.buffer instanceof ArrayBuffer) samples.buffer.transfer(0);
}

/** Reads by asking another thread; `take` takes its answers. A read goes on even if nobody waits for it any more. */
export function remoteReader(ask: (request: ReadRequest) => void): {
  read: ReadAsset;
  take: (answer: ReadAnswer) => void;
} {
  const waiting = new Map<number, PromiseWithResolvers<ArrayLike<number>>>();
  let last = 0;
  return {
    read(asset, window) {
      const id = ++last;
      const answer = Promise.withResolvers<ArrayLike<number>>();
      waiting.set(id, answer);
      ask({ type: 'read', id, asset, window });
      return answer.promise;
    },
    take(answer) {
      const { resolve, reject } = waiting.get(answer.id)!;
      waiting.delete(answer.id);
      if (answer.type === 'read') resolve(answer.samples);
      else reject(unpackError(answer.error));
    },
  };
}
