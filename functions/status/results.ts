import { createRoute, z } from '@hono/zod-openapi';
import { readableJob } from '#shared/db/job-row.ts';
import { assertKept } from '#shared/domain/assert-kept.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { Job } from '#shared/domain/job.ts';
import type { App } from '#shared/http/create-app.ts';
import { viewerSecurity } from '#shared/http/open-api.ts';
import { problemResponses } from '#shared/http/problem-responses.ts';
import { shareQuery } from '#shared/http/viewer.ts';
import { resultPrefix } from '#shared/mapping/stored-task.ts';
import type { StatusDeps } from './deps.ts';
import { downloadName } from './file-name.ts';
import { madeFiles } from './made-files.ts';
import { mediaTypes, outputs, resultFiles } from './result-files.ts';
import { byteRange } from './byte-range.ts';

const problems = problemResponses('invalid-request', 'unauthenticated', 'not-found', 'conflict', 'gone');
const resultsSchema = z
  .record(z.string(), z.object({ href: z.string(), type: z.string() }))
  .openapi('Results', { description: 'links by output: map, item, report, picture, classes, parcels' });

const list = createRoute({
  method: 'get',
  path: '/status/{id}/results',
  operationId: 'listResults',
  summary: 'Where the files of a finished job are',
  tags: ['status'],
  security: viewerSecurity,
  request: { params: z.object({ id: z.uuid() }), query: shareQuery },
  responses: {
    200: { description: 'by output', content: { 'application/json': { schema: resultsSchema } } },
    ...problems,
  },
});

const file = createRoute({
  method: 'get',
  path: '/status/{id}/results/{file}',
  operationId: 'getResult',
  summary: 'A file of a finished job; ranges are answered',
  tags: ['status'],
  security: viewerSecurity,
  request: {
    params: z.object({ id: z.uuid(), file: z.enum(resultFiles) }),
    query: shareQuery.extend({
      download: z
        .literal('1')
        .optional()
        .openapi({ description: 'answer it as a file to be saved, with a name of its own' }),
    }),
  },
  responses: {
    200: { description: 'the file' },
    206: { description: 'a range of it' },
    304: { description: 'as you have it' },
    ...problems,
    ...problemResponses('too-large'),
  },
});

/** Links to results, and the files themselves. */
export function addResults(app: App, deps: StatusDeps): void {
  app.openapi(list, async (c) => {
    const job = await readableJob(deps.db, c.req.valid('param').id, c.var.viewer);
    assertFinished(job);
    const links = Object.entries(outputs).map(([name, fileName]) => [
      name,
      { href: `/status/${job.id}/results/${fileName}`, type: mediaTypes[fileName] },
    ]);
    return c.json(Object.fromEntries(links), 200);
  });
  const ensureMade = madeFiles(deps.store);
  app.openapi(file, async (c) => {
    const { id, file: name } = c.req.valid('param');
    const job = await readableJob(deps.db, id, c.var.viewer);
    assertFinished(job);
    await ensureMade(job, name);
    const key = resultPrefix(job.id) + name;
    const size = await deps.store.size(key);
    if (size === null) throw new GeoCropError('not-found', `the job has no file ${name}`, { field: 'file' });
    const etag = `"${job.id}-${size}"`;
    const headers = {
      'content-type': mediaTypes[name],
      'accept-ranges': 'bytes',
      etag,
      'cache-control': 'private, max-age=3600',
      vary: 'Authorization',
      'content-disposition': c.req.valid('query').download
        ? `attachment; filename="${downloadName(job.request, name)}"`
        : `inline; filename="${name}"`,
    };
    if (c.req.header('if-none-match') === etag) return c.body(null, 304, headers) as never;
    const range = byteRange(c.req.header('range'), size);
    if (range === 'unsatisfiable') return c.body(null, 416, { 'content-range': `bytes */${size}` }) as never;
    const [start, end] = range ?? [0, size - 1];
    const body = streamOf(deps, key, start, end + 1);
    const length = { 'content-length': String(end + 1 - start) };
    if (!range) return c.body(body, 200, { ...headers, ...length }) as never;
    return c.body(body, 206, { ...headers, ...length, 'content-range': `bytes ${start}-${end}/${size}` }) as never;
  });
}

function assertFinished(job: Job): void {
  const { state } = job;
  if (state !== 'successful') throw new GeoCropError('conflict', `the job has no results: it is ${state}`);
  assertKept(job);
}

const pieceBytes = 2 ** 20;

/** The bytes of an object piece by piece, as fast as the client takes them. */
function streamOf({ store }: StatusDeps, key: string, start: number, end: number): ReadableStream<Uint8Array> {
  let at = start;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const length = Math.min(pieceBytes, end - at);
      if (length <= 0) return controller.close();
      controller.enqueue(await store.getRange(key, at, length));
      at += length;
    },
  });
}
