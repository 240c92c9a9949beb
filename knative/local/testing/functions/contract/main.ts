import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { env } from 'node:process';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { hostInfo } from './host-info.ts';

// The image of the conformance tests: says what it sees, and fails on demand.
const state = { ready: false, alive: true, checks: 0, active: 0, most: 0, aborted: 0, events: 0 };
const say = (line: string) => process.stdout.write(`${line}\n`);

type Handler = (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => void | Promise<void>;

const handlers: Record<string, Handler> = {
  '/info': async (request, response) => response.end(JSON.stringify(await hostInfo(request))) && undefined,
  '/health/readiness': (_, response) => void response.writeHead(state.ready ? 200 : 503).end('Hello World'),
  '/health/liveness': (_, response) => {
    state.checks += 1;
    response.writeHead(state.alive ? 200 : 500).end();
  },
  '/state': (_, response) => void response.end(JSON.stringify({ ...state, pid: process.pid })),
  '/start-failing': (_, response, query) => {
    if (query.has('liveness')) state.alive = false;
    else state.ready = false;
    response.end();
  },
  '/recover': (_, response) => {
    state.ready = true;
    response.end();
  },
  '/echo': (request, response) => void request.pipe(response),
  // Answers when it has the whole body; one that breaks off has no answer.
  '/read': async (request, response) => {
    const body = await text(request).catch(() => null);
    if (body !== null) response.end(String(body.length));
  },
  // Answers with the very bytes of the request's body, HTTP or not.
  '/bytes': async (request, response) => void response.socket?.end(await text(request)),
  '/refuse': (_, response) => void response.writeHead(413, { 'set-cookie': ['a=1', 'b=2'] }).end('no'),
  '/events': async (request, response, query) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: open\n\n');
    for (let n = 0; n < Number(query.get('n') ?? 0) && !request.destroyed; n++) {
      await delay(Number(query.get('every') ?? 20));
      response.write(`data: ${n}\n\n`);
    }
    if (!query.has('hold')) response.end();
  },
  '/slow': async (_, response, query) => {
    await delay(Number(query.get('ms')));
    response.end(String(process.pid));
  },
  '/crash': () => process.exit(3),
  '/tick': async (request, response) => {
    const body = await text(request);
    state.events += 1;
    say(`tick ${JSON.stringify({ headers: request.headers, body })}`);
    response.writeHead(state.events <= Number(env.FAIL_EVENTS ?? 0) ? Number(env.FAIL_STATUS ?? 503) : 202).end();
  },
};

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://local');
  const name = Object.keys(handlers).find((path) => url.pathname.endsWith(path));
  const probe = url.pathname.startsWith('/health');
  if (!probe) state.most = Math.max(state.most, ++state.active);
  response.on('close', () => {
    if (!probe) state.active -= 1;
    if (!response.writableFinished) state.aborted += 1;
  });
  if (!name) return void response.writeHead(404).end(`${request.method} ${request.url}`);
  void handlers[name](request, response, url.searchParams);
});

process.on('SIGTERM', async () => {
  say('SIGTERM');
  if (env.IGNORE_SIGTERM) return;
  server.close();
  await delay(Number(env.STOP_DELAY_MS ?? 0));
  say('bye');
  process.exit(0);
});

if (env.CRASH) {
  process.stderr.write('cannot go on\n');
  process.exit(Number(env.CRASH));
}
await delay(Number(env.LISTEN_DELAY_MS ?? 0));
server.listen(Number(env.PORT), env.HOST);
await delay(Number(env.READY_DELAY_MS ?? 0));
state.ready = true;
if (env.READY_FILE) writeFileSync(env.READY_FILE, '');
