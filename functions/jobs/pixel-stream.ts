import type { Context } from 'hono';
import type { AppEnv } from '#shared/http/app-env.ts';
import { isServerFault, problemOf } from '#shared/http/problem.ts';
import { eventStream, type ServerSentEvent } from '#shared/http/server-sent-events.ts';
import type { PixelAnswer } from './pixel-schema.ts';

/** Hears of a scene that was read. */
export type OnScene = (scene: PixelAnswer['scenes'][number]) => void;

/** A pixel as events: its scenes as they are read, then the whole, or the problem that ended it. */
export function pixelStream(c: Context<AppEnv>, compute: (onScene: OnScene) => Promise<PixelAnswer>): Response {
  return eventStream(() => pixelEvents(c, compute), {
    request: c.req.raw.signal,
    onError: (error) => c.var.log.error('Pixel:Failed', { error }),
  });
}

async function* pixelEvents(
  c: Context<AppEnv>,
  compute: (onScene: OnScene) => Promise<PixelAnswer>,
): AsyncGenerator<ServerSentEvent> {
  const waiting: ServerSentEvent[] = [];
  let wake = Promise.withResolvers<void>();
  const tell = (event: ServerSentEvent) => {
    waiting.push(event);
    wake.resolve();
  };
  const done = compute((data) => tell({ event: 'scene', data })).then(
    (data) => tell({ event: 'pixel', data }),
    (error) => tell({ event: 'problem', data: told(error, c) }),
  );
  for (let isLast = false; !isLast;) {
    await wake.promise;
    wake = Promise.withResolvers();
    for (const event of waiting.splice(0)) {
      yield event;
      isLast ||= event.event !== 'scene';
    }
  }
  await done;
}

function told(error: unknown, c: Context<AppEnv>) {
  const problem = problemOf(error, { path: c.req.path.slice(0, 300), requestId: c.var.requestId });
  if (isServerFault(problem, c)) c.var.log.error('Pixel:Failed', { code: problem.code, error });
  return problem;
}
