import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { projectRoot } from '#shared/config/project-root.ts';
import { createLogger } from '#shared/http/logger.ts';
import { buildFrontend } from '../../cli/platform/build-frontend.ts';
import { createWebApp } from '../../functions/web/app.ts';
import type { JobState, ProcessDescription, StatusInfo } from '../src/api/types.ts';

export const jobId = '6f1d1c9e-2f0b-4a51-9a70-0c5d8f3f1a11';
const aoi = { type: 'circle', lon: 4.063, lat: 50.746, radiusM: 300 };

/** What the server of a test does and has been asked; a test changes it while the page is open. */
export interface MadeServer {
  url: string;
  job: JobState;
  isLoggedIn: boolean;
  /** A gateway stands before it, and nobody behind. */
  isGone: boolean;
  asked: string[];
}

const process: Partial<ProcessDescription> = {
  models: [
    {
      name: 'tiny',
      title: 'Tiny',
      version: '1',
      season: 'northern-summer',
      classes: [],
      limits: [],
      validity: {
        type: 'MultiPolygon',
        coordinates: [
          [
            [
              [-10, 30],
              [30, 30],
              [30, 60],
              [-10, 60],
              [-10, 30],
            ],
          ],
        ],
      },
    },
  ],
  sources: [{ id: 'demo', title: 'Demo' }],
  seasons: [{ name: 'northern-summer', title: 'Northern summer', startMonth: 3, endMonth: 11, months: 9 }],
  limits: { maxRadiusM: 25_000, minRadiusM: 50, maxAreaKm2: 2000, maxVertices: 10_000, firstYear: 2015 },
};

const jobInfo = (status: JobState): StatusInfo => ({
  jobID: jobId,
  processID: 'crop-map',
  type: 'process',
  status,
  created: '2026-01-01T10:00:00.000Z',
  attempt: 1,
  source: 'demo',
  request: { aoi, season: 'northern-summer', year: 2019, model: 'tiny' },
  links: [],
});

function addSession(app: Hono, server: MadeServer): void {
  const login = () => ({
    access_token: 'token',
    token_type: 'Bearer',
    expires_in: 600,
    user: { id: '0d8f3f1a-2f0b-4a51-9a70-0c5d8f3f1a12', name: 'tariro', role: 'analyst' },
  });
  app.post('/auth/session', (c) => {
    server.isLoggedIn = true;
    return c.json(login());
  });
  app.post('/auth/session/refresh', (c) =>
    server.isLoggedIn ? c.json(login()) : c.json({ code: 'unauthenticated' }, 401),
  );
  app.delete('/auth/session', (c) => {
    server.isLoggedIn = false;
    return c.body(null, 204);
  });
}

function addJobs(app: Hono, server: MadeServer): void {
  const isOpen = () => server.job === 'accepted' || server.job === 'running';
  app.get('/processes/crop-map', (c) => c.json(process));
  app.get(`/status/${jobId}`, (c) => c.json(jobInfo(server.job)));
  app.get('/jobs', (c) =>
    c.json({ jobs: [jobInfo(server.job)], quota: { used: 1, limit: null, counts: 'open jobs' }, links: [] }),
  );
  app.get('/jobs/quota', (c) => c.json({ limit: null, used: 1, kind: 'none' }));
  app.get('/tiles/layers', (c) => c.json({ layers: [] }));
  app.get(`/jobs/${jobId}/shares`, (c) => c.json({ shares: [] }));
  app.post(`/jobs/${jobId}/shares`, (c) =>
    c.json({ id: 'a', expires: '2026-02-01T00:00:00.000Z', url: `/app/jobs/${jobId}?share=key` }, 201),
  );
  app.delete(`/jobs/${jobId}`, (c) => {
    const wanted = c.req.query('if');
    if (wanted && isOpen() !== (wanted === 'open'))
      return c.json({ code: 'conflict', detail: `nothing was done: the job is ${server.job} by now` }, 409);
    if (isOpen()) server.job = 'dismissed';
    return c.json(jobInfo(server.job));
  });
}

/** The built application as `web` serves it, before an API that answers what a test wants it to. */
export async function startMadeServer(): Promise<MadeServer & { end: () => void }> {
  await buildFrontend(projectRoot, () => undefined);
  const server: MadeServer = { url: '', job: 'running', isLoggedIn: true, isGone: false, asked: [] };
  const app = new Hono();
  app.use(async (c, next) => {
    const { pathname, search } = new URL(c.req.url);
    server.asked.push(`${c.req.method} ${pathname}${search}`);
    if (server.isGone) return c.html('<h1>502 Bad Gateway</h1>', 502);
    await next();
  });
  addSession(app, server);
  addJobs(app, server);
  const web = createWebApp({
    folder: join(projectRoot, 'frontend', 'dist'),
    apiDocument: async () => ({}),
    demo: async () => ({ job: jobId, share: 'key' }),
    basemap: null,
    version: '1',
    logger: createLogger(() => undefined),
  });
  app.mount('/', web.fetch);
  const listening = await new Promise<Server>((resolve) => {
    const made = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(made as Server));
  });
  server.url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  return Object.assign(server, { end: () => void listening.close() });
}
