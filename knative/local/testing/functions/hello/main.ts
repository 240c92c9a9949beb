import { env } from 'node:process';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { z } from 'zod';

// The smallest function of the platform's kind: a Hono app with a schema, for measuring starts.
const app = new Hono();
app.get('/health/:probe', (context) => context.text('ok'));
app.get('/hello', (context) => context.json(z.object({ name: z.string() }).parse({ name: 'world' })));

const server = serve({ fetch: app.fetch, port: Number(env.PORT), hostname: env.HOST ?? '0.0.0.0' });
process.on('SIGTERM', () => server.close());
