import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Role } from '#shared/domain/user.ts';
import type { JobInfo } from '../../client/watch-job.ts';
import { readEvents, type ReadEvent } from '../../client/event-reader.ts';

export const password = 'a long enough password';

/** Asks a deployment as one user. */
export class ApiUser {
  readonly url: string;
  readonly token: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.token = token;
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.url + path, { ...init, headers: { authorization: `Bearer ${this.token}`, ...init.headers } });
  }

  async json(path: string, init?: RequestInit): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await this.fetch(path, init);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}) {
    return this.json(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  /** Submits a job that must be accepted. */
  async submit(inputs: Record<string, unknown>): Promise<string> {
    const { status, body } = await this.post('/processes/crop-map/execution', { inputs });
    if (status !== 201) throw new Error(`the job was not accepted: ${JSON.stringify(body)}`);
    return String(body.jobID);
  }

  async until(id: string, isThere: (job: JobInfo) => boolean, ms = 90_000): Promise<JobInfo> {
    for (const end = Date.now() + ms; ; await sleep(200)) {
      const { body } = await this.json(`/status/${id}`);
      const job = body as unknown as JobInfo;
      if (isThere(job)) return job;
      if (Date.now() > end) throw new Error(`waited in vain; the job is ${JSON.stringify(job)}`);
    }
  }

  finished(id: string): Promise<JobInfo> {
    return this.until(id, ({ status }) => ['successful', 'failed', 'dismissed'].includes(status));
  }

  async bytes(id: string, file = 'map.tif'): Promise<Buffer> {
    const response = await this.fetch(`/status/${id}/results/${file}`);
    if (!response.ok) throw new Error(`${file} of ${id}: ${response.status} ${await response.text()}`);
    return Buffer.from(await response.arrayBuffer());
  }

  /** Everything that a stream of events tells until it ends by itself. */
  async allEvents(id: string): Promise<ReadEvent[]> {
    const events: ReadEvent[] = [];
    for await (const event of readEvents((await this.fetch(`/status/${id}/events`)).body!)) events.push(event);
    return events;
  }

  /** The kept events of a job, up to so many, after the one with this id. */
  async events(id: string, after?: string, most = Infinity): Promise<ReadEvent[]> {
    const cut = new AbortController();
    const headers: Record<string, string> = after === undefined ? {} : { 'last-event-id': after };
    const { body } = await this.fetch(`/status/${id}/events`, { headers, signal: cut.signal });
    const events: ReadEvent[] = [];
    for await (const event of readEvents(body!)) {
      if (event.id) events.push(event);
      if (events.length >= most) break;
    }
    cut.abort();
    return events;
  }
}

export async function logInAs(url: string, name: string, secret = password): Promise<ApiUser> {
  const response = await fetch(`${url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password: secret }),
  });
  const body = (await response.json()) as { access_token: string };
  if (!response.ok) throw new Error(`${name} cannot log in: ${JSON.stringify(body)}`);
  return new ApiUser(url, body.access_token);
}

export const adminPassword = (home: string): string =>
  readFileSync(join(home, 'admin-password'), 'utf8').trim().split(' ')[1];

export const logInAdmin = (url: string, home: string): Promise<ApiUser> => logInAs(url, 'admin', adminPassword(home));

/** Makes an account and logs it in. */
export async function newUser(admin: ApiUser, name: string, role: Role): Promise<ApiUser> {
  const { status, body } = await admin.post('/auth/users', { name, role, password });
  if (status !== 201) throw new Error(`no account for ${name}: ${JSON.stringify(body)}`);
  return logInAs(admin.url, name);
}
