import { createRoute, z } from '@hono/zod-openapi';
import { ownJob } from '#shared/db/job-row.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { App } from '#shared/http/create-app.ts';
import { bearerSecurity } from '#shared/http/open-api.ts';
import { problemResponses } from '#shared/http/problem-responses.ts';
import { resultPrefix } from '#shared/mapping/stored-task.ts';

import type { StatusDeps } from './deps.ts';
import { byteRange } from './byte-range.ts';

const mediaTypes: Record<string, string> = {
  'map.tif': 'image/tiff; application=geotiff; profile=cloud-optimized',
  'map.tif.aux.xml': 'application/xml',
  'map.png': 'image/png',
  'report.json': 'application/json',
  'item.json': 'application/geo+json',
};
const files = Object.keys(mediaTypes);
const outputs: Record<string, string> = {
  map: 'map.tif',
  item: 'item.json',
  report: 'report.json',
  picture: 'map.png',
};

const problems = problemResponses('invalid-request', 'unauthenticated', 'not-found', 'conflict');
const linkSchema = z.object({ href: z.string(), type: z.string() });

const list = createRoute({
  method: 'get',
  path: '/status/{id}/results',
  summary: 'Where the files of a finished job are',
  security: bearerSecurity,
  request: { params: z.object({ id: z.uuid() }) },
  responses: {
    200: { description: 'by output', content: { 'application/json': { schema: z.record(z.string(), linkSchema) } } },
    ...problems,
  },
});

const file = createRoute({
  method: 'get',
  path: '/status/{id}/results/{file}',
  summary: 'A file of a finished job; ranges are answered',
  security: bearerSecurity,
  request: { params: z.object({ id: z.uuid(), file: z.enum(files as [string, ...string[]]) }) },
  responses: { 200: { description: 'the file' }, 206: { description: 'a range of it' }, ...problems },
});

/** Links to results, and the files themselves. */
export function addResults(app: App, deps: StatusDeps): void {
  app.openapi(list, async (c) => {
    const job = await ownJob(deps.db, c.req.valid('param').id, c.var.user);
    assertFinished(job);
    const links = Object.entries(outputs).map(([name, fileName]) => [
      name,
      { href: `/status/${job.id}/results/${fileName}`, type: mediaTypes[fileName] },
    ]);
    return c.json(Object.fromEntries(links), 200);
  });
  app.openapi(file, async (c) => {
    const { id, file: name } = c.req.valid('param');
    assertFinished(await ownJob(deps.db, id, c.var.user));
    const key = resultPrefix(id) + name;
    const size = await deps.store.size(key);
    if (size === null) throw new GeoCropError('not-found', `the job has no file ${name}`, { field: 'file' });
    const etag = `"${id}-${size}"`;
    const headers = {
      'content-type': mediaTypes[name],
      'accept-ranges': 'bytes',
      etag,
      'cache-control': 'private, max-age=3600',
      'content-disposition': `inline; filename="${name}"`,
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

function assertFinished({ state }: { state: string }): void {
  if (state !== 'successful') throw new GeoCropError('conflict', `the job has no results: it is ${state}`);
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
