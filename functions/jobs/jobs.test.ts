import { SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '#shared/db/database.ts';
import { defaultIssuer } from '#shared/domain/user-token.ts';
import type { Role } from '#shared/domain/user.ts';
import { eachDatabase } from '#shared/testing/databases.ts';
import { makeUser } from '#shared/testing/job-fixtures.ts';
import { signAccessToken } from '../auth/access-token.ts';
import { newSigningKey, parseSigningKey, type SigningKey } from '../auth/signing-key.ts';
import { jobsWorld, type JobsWorld } from './testing/jobs-world.ts';

const circle = { lon: 4.063, lat: 50.746, radius_m: 300 };
const good = { aoi: circle, year: 2019, season: 'northern-summer', model: 'tiny', source: 'demo' };
const execute = '/processes/crop-map/execution';

const box = (west: number, south: number, east: number, north: number) => [
  [west, south],
  [east, south],
  [east, north],
  [west, north],
  [west, south],
];
const polygon = (ring: unknown) => ({ type: 'Polygon', coordinates: [ring] });

eachDatabase((_name, open) => {
  let db: Database;
  let key: SigningKey;
  let world: JobsWorld;

  beforeAll(async () => {
    db = open({ maxConnections: 30 });
    world = await jobsWorld(db);
    ({ key } = world);
  });

  const asUser = async (role: Role) => {
    const id = await makeUser(db, role);
    const token = await signAccessToken({ id, name: 'someone', role }, key, defaultIssuer);
    return { authorization: `Bearer ${token}` };
  };
  type Answer = { status: number; type: string | null; body: Record<string, unknown> };

  async function send(path: string, init: RequestInit): Promise<Answer> {
    const reply = await world.request(path, init);
    return {
      status: reply.status,
      type: reply.headers.get('content-type'),
      body: (await reply.json()) as Answer['body'],
    };
  }

  const submit = (headers: Record<string, string>, inputs: unknown, more: Record<string, string> = {}) =>
    send(execute, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers, ...more },
      body: JSON.stringify({ inputs }),
    });

  describe('a request that cannot be served names the field', () => {
    let admin: Record<string, string>;
    beforeAll(async () => {
      admin = await asUser('admin');
    });

    const crossing = polygon([
      [4.06, 50.74],
      [4.07, 50.75],
      [4.07, 50.74],
      [4.06, 50.75],
      [4.06, 50.74],
    ]);
    const open = polygon([...box(4.06, 50.743, 4.065, 50.747).slice(0, 4), [4.061, 50.744]]);
    test.each<[string, Record<string, unknown>, number, string, RegExp]>([
      ['radius 0', { aoi: { ...circle, radius_m: 0 } }, 422, 'aoi', /50 to 25000 metres, not 0/],
      ['a radius below zero', { aoi: { ...circle, radius_m: -5 } }, 422, 'aoi', /not -5/],
      ['radius 25001', { aoi: { ...circle, radius_m: 25_001 } }, 422, 'aoi', /not 25001/],
      ['a radius of text', { aoi: { ...circle, radius_m: '300' } }, 400, 'inputs.aoi', /radius_m: .*number/],
      ['latitude first', { aoi: { ...circle, lon: 50.746, lat: 104.063 } }, 422, 'aoi', /longitude comes first/],
      ['longitude 181', { aoi: { ...circle, lon: 181 } }, 422, 'aoi', /between -180 and 180/],
      ['beyond the grid', { aoi: { ...circle, lat: 81 } }, 422, 'aoi', /beyond 80 degrees/],
      ['no longitude', { aoi: { lat: 50, radius_m: 300 } }, 400, 'inputs.aoi', /lon: .*number/],
      ['something more', { aoi: { ...circle, unit: 'km' } }, 400, 'inputs.aoi.unit', /unit/],
      ['no area', { aoi: undefined }, 400, 'inputs.aoi', /inputs\.aoi/],
      ['no object', { aoi: '4.063,50.746,300' }, 400, 'inputs.aoi', /inputs\.aoi/],
      ['null', { aoi: null }, 400, 'inputs.aoi', /inputs\.aoi/],
      ['a point', { aoi: { type: 'Point', coordinates: [4, 50] } }, 400, 'inputs.aoi', /type: /],
      ['an open ring', { aoi: open }, 422, 'aoi', /is open/],
      ['a ring that crosses itself', { aoi: crossing }, 422, 'aoi', /crosses itself/],
      [
        'a ring of two places',
        {
          aoi: polygon([
            [4, 50],
            [5, 50],
            [4, 50],
          ]),
        },
        422,
        'aoi',
        /at least 4 positions/,
      ],
      ['too large', { aoi: polygon(box(3, 50, 4, 51)) }, 422, 'aoi', /at most 2500 km2/],
      ['coordinates of text', { aoi: { type: 'Polygon', coordinates: 'here' } }, 422, 'aoi', /GeoJSON Polygon/],
      ['no features', { aoi: { type: 'FeatureCollection', features: [] } }, 422, 'aoi', /GeoJSON Polygon/],
      ['a place that the model is not for', { aoi: { ...circle, lon: 31, lat: -17 } }, 422, 'aoi', /was trained for/],
      ['a season to come', { year: 2027 }, 422, 'year', /2027/],
      ['a year before the satellites', { year: 1999 }, 422, 'year', /1999/],
      ['half a year', { year: 2019.5 }, 422, 'year', /2019\.5/],
      ['a year of text', { year: '2019' }, 400, 'inputs.year', /number/],
      ['an unknown season', { season: 'winter' }, 422, 'season', /winter/],
      ["another season than the model's", { season: 'southern-summer' }, 422, 'season', /northern-summer/],
      ['an unknown model', { model: 'huge' }, 422, 'model', /no model "huge"/],
      ['a model that climbs', { model: '../../etc' }, 422, 'model', /no model/],
      ['an unknown source', { source: 'https://evil.example' }, 422, 'source', /this deployment has: demo/],
      ['no source', { source: undefined }, 400, 'inputs.source', /inputs\.source/],
      ['an unknown policy', { onBrokenScene: 'ignore' }, 400, 'inputs.onBrokenScene', /fail/],
      ['an unknown input', { colour: 'red' }, 400, 'inputs.colour', /colour/],
    ])('%s', async (_, change, status, field, message) => {
      const { body, ...answer } = await submit(admin, { ...good, ...change });
      expect(answer).toEqual({ status, type: 'application/problem+json' });
      expect(body).toMatchObject({ field, detail: expect.stringMatching(message) });
    });

    const raw = (body: string, type: string) =>
      send(execute, { method: 'POST', headers: { ...admin, 'content-type': type }, body });

    test('what is not JSON, of another type, empty or too large', async () => {
      const large = JSON.stringify({ inputs: good, filler: 'x'.repeat(3e6) });
      expect(await raw('{"inputs":', 'application/json')).toMatchObject({ status: 400, body: { field: 'body' } });
      expect(await raw('a=1', 'application/x-www-form-urlencoded')).toMatchObject({ status: 415 });
      expect(await raw('', 'application/json')).toMatchObject({ status: 400, body: { field: 'body' } });
      expect(await raw('[]', 'application/json')).toMatchObject({ status: 400, body: { field: 'body' } });
      expect(await raw(large, 'application/json')).toMatchObject({ status: 413, body: { code: 'too-large' } });
    });

    test('leaves no job behind', async () => {
      expect(await send('/jobs', { headers: admin })).toMatchObject({ status: 200, body: { jobs: [] } });
    });

    test.each([
      ['/jobs?limit=0', 'limit'],
      ['/jobs?limit=x', 'limit'],
      ['/jobs?status=odd', 'status'],
      ['/jobs?after=1', 'after'],
      ['/jobs/1', 'id'],
    ])('%s', async (path, field) => {
      expect(await send(path, { headers: admin })).toMatchObject({ status: 400, body: { field } });
    });
  });

  describe('an Idempotency-Key', () => {
    test('gives one job, however often it is sent, and refuses another body', async () => {
      const user = await asUser('analyst');
      const keyed = { 'idempotency-key': 'one' };
      const answers = await Promise.all(Array.from({ length: 5 }, () => submit(user, good, keyed)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 201]);
      expect(new Set(answers.map(({ body }) => body.jobID)).size).toBe(1);
      const other = await submit(user, { ...good, year: 2020 }, keyed);
      expect([other.status, other.body.field]).toEqual([422, 'Idempotency-Key']);
      expect((await submit(await asUser('analyst'), { ...good, year: 2020 }, keyed)).status).toBe(201);
      expect((await submit(user, good, { 'idempotency-key': 'x'.repeat(201) })).status).toBe(400);
    });
  });

  describe('a quota', () => {
    test('of a recruiter: of 50 at once exactly 5, and cancelling gives nothing back', async () => {
      const user = await asUser('recruiter');
      const answers = await Promise.all(Array.from({ length: 50 }, () => submit(user, good)));
      const accepted = answers.filter(({ status }) => status === 201);
      expect(accepted).toHaveLength(5);
      const refused = answers.find(({ status }) => status !== 201)!;
      expect(refused).toMatchObject({ status: 403, body: { code: 'quota-exceeded' } });
      const id = accepted[0].body.jobID;
      const cancelled = await send(`/jobs/${id}`, { method: 'DELETE', headers: user });
      expect(cancelled.body.status).toBe('dismissed');
      await send(`/jobs/${id}`, { method: 'DELETE', headers: user });
      expect((await send(`/jobs/${id}`, { headers: user })).status).toBe(404);
      expect((await submit(user, good)).status).toBe(403);
    });
  });

  describe('another job', () => {
    test('is not there: not to see, to cancel or to repeat', async () => {
      const owner = await asUser('analyst');
      const other = await asUser('analyst');
      const { jobID } = (await submit(owner, good)).body;
      for (const [method, path] of [
        ['GET', `/jobs/${jobID}`],
        ['DELETE', `/jobs/${jobID}`],
        ['POST', `/jobs/${jobID}/retry`],
      ] as const)
        expect((await send(path, { method, headers: other })).status).toBe(404);
      expect((await send('/jobs', { headers: other })).body.jobs).toEqual([]);
      expect((await send(`/jobs/${jobID}`, { headers: await asUser('admin') })).status).toBe(200);
      expect((await send(`/jobs/${jobID}/retry`, { method: 'POST', headers: owner })).status).toBe(409);
    });
  });

  describe('a DELETE that says of which state', () => {
    const end = (path: string, headers: Record<string, string>) => send(path, { method: 'DELETE', headers });

    test('cancels nothing that has ended, and deletes nothing that is open', async () => {
      const user = await asUser('analyst');
      const { jobID } = (await submit(user, good)).body;
      const path = `/jobs/${jobID}`;
      expect(await end(`${path}?if=ended`, user)).toMatchObject({
        status: 409,
        body: { code: 'conflict', field: 'if' },
      });
      expect((await send(path, { headers: user })).body.status).toBe('accepted');
      await db.updateTable('jobs').set({ state: 'successful' }).where('id', '=', String(jobID)).execute();
      expect(await end(`${path}?if=open`, user)).toMatchObject({
        status: 409,
        body: { detail: expect.stringContaining('successful') },
      });
      expect((await send(path, { headers: user })).body.status).toBe('successful');
      expect((await end(`${path}?if=ended`, user)).status).toBe(200);
      expect((await send(path, { headers: user })).status).toBe(404);
    });

    test('cancels what is open; another state is none', async () => {
      const user = await asUser('analyst');
      const { jobID } = (await submit(user, good)).body;
      expect(await end(`/jobs/${jobID}?if=odd`, user)).toMatchObject({ status: 400, body: { field: 'if' } });
      expect((await end(`/jobs/${jobID}?if=open`, user)).body.status).toBe('dismissed');
      expect((await end(`/jobs/${jobID}?if=open`, user)).status).toBe(409);
      expect((await send(`/jobs/${jobID}`, { headers: user })).status).toBe(200);
    });
  });

  test('an admin sees whose job each is; users see their own, without a name', async () => {
    const id = await makeUser(db, 'analyst');
    const token = await signAccessToken({ id, name: 'someone', role: 'analyst' }, key, defaultIssuer);
    const owner = { authorization: `Bearer ${token}` };
    const { jobID } = (await submit(owner, good)).body;
    const { name } = await db.selectFrom('users').select('name').where('id', '=', id).executeTakeFirstOrThrow();
    const find = async (headers: Record<string, string>) =>
      ((await send('/jobs', { headers })).body.jobs as { jobID: string; owner?: string }[]).find(
        (job) => job.jobID === jobID,
      );
    expect(await find(await asUser('admin'))).toMatchObject({ owner: name });
    expect(await find(owner)).not.toHaveProperty('owner');
  });

  test('a page goes on after the last job of the one before, without loss or repeat', async () => {
    const user = await asUser('analyst');
    const ids = await Promise.all(Array.from({ length: 7 }, async () => (await submit(user, good)).body.jobID));
    const seen: unknown[] = [];
    for (let path: string | undefined = '/jobs?limit=3'; path;) {
      const { body } = await send(path, { headers: user });
      seen.push(...(body.jobs as { jobID: string }[]).map(({ jobID }) => jobID));
      path = (body.links as { rel: string; href: string }[]).find(({ rel }) => rel === 'next')?.href;
    }
    expect([...seen].sort()).toEqual([...ids].sort());
  });

  test('an expired token, one of another issuer and one of another key are refused', async () => {
    const id = await makeUser(db, 'admin');
    const user = { id, name: 'someone', role: 'admin' as const };
    const foreign = await parseSigningKey(await newSigningKey());
    const long = Math.floor(Date.now() / 1000) - 3600;
    const expired = new SignJWT({ name: 'someone', role: 'admin' })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: key.kid })
      .setSubject(id)
      .setIssuer(defaultIssuer)
      .setAudience('geocrop')
      .setJti(crypto.randomUUID())
      .setIssuedAt(long)
      .setExpirationTime(long + 600)
      .sign(key.privateKey);
    const tokens = [
      await expired,
      await signAccessToken(user, key, 'another'),
      await signAccessToken(user, { ...foreign, kid: key.kid }, defaultIssuer),
    ];
    for (const token of tokens)
      expect(await send('/jobs', { headers: { authorization: `Bearer ${token}` } })).toMatchObject({
        status: 401,
        body: { code: 'unauthenticated', field: 'Authorization' },
      });
    expect((await send('/jobs', {})).status).toBe(401);
  });

  test('the process says what there is to choose from: models, seasons, sources, limits', async () => {
    const { status, body } = await send('/processes/crop-map', {});
    expect(status).toBe(200);
    expect(body.sources).toEqual([{ id: 'demo', title: 'Demo' }]);
    const [tiny] = body.models as { name: string }[];
    expect(tiny).toMatchObject({
      name: 'tiny',
      season: 'northern-summer',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      limits: expect.any(Array),
      validity: { type: 'MultiPolygon' },
    });
    expect((tiny as unknown as { classes: object[] }).classes[0]).toEqual({
      name: 'maize',
      title: expect.any(String),
      color: expect.stringMatching(/^#[0-9a-f]{6}$/i),
    });
    expect(JSON.stringify(tiny)).not.toContain('sha256');
    expect(body.seasons).toEqual([
      { name: 'southern-summer', title: 'Southern summer', startMonth: 9, endMonth: 5, months: 9 },
      { name: 'northern-summer', title: 'Northern summer', startMonth: 3, endMonth: 11, months: 9 },
    ]);
    expect(body.limits).toEqual({
      maxRadiusM: 25_000,
      minRadiusM: 50,
      maxAreaKm2: 2500,
      maxVertices: 10_000,
      firstYear: 2015,
    });
  });

  test('a model that is damaged is not offered, and the others are', async () => {
    const damaged = await jobsWorld(db, {
      modelNames: async () => ['broken', 'tiny'],
      model: async (name) => {
        if (name === 'broken') throw new Error('no manifest');
        return world.deps.model(name);
      },
    });
    const { status, body } = await damaged.send('/processes/crop-map');
    expect([status, (body.models as { name: string }[]).map(({ name }) => name)]).toEqual([200, ['tiny']]);
    expect(damaged.lines.join('')).toContain('Model:Damaged');
  });

  test('a quota is what the role has: for ever, of open jobs, or none', async () => {
    for (const [role, limit, kind] of [
      ['recruiter', 5, 'ever'],
      ['analyst', 50, 'open'],
      ['admin', null, 'none'],
    ] as const) {
      const user = await asUser(role);
      await submit(user, good);
      expect((await send('/jobs/quota', { headers: user })).body).toEqual({ limit, used: 1, kind });
    }
    expect((await send('/jobs/quota', {})).status).toBe(401);
  });
});
