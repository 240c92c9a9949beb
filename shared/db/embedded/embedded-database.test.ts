import { createHash, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { lendEmbedded, type LentDatabase } from '#shared/testing/postgres-lender.ts';

const mebibyte = 2 ** 20;
const idleInTransactionMs = 1500;
const limits = { idleInTransactionMs, maxGroupBytes: 4 * mebibyte, maxClients: 60, executeTimeoutMs: 4000 };
const openRing = '{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}';

let database: LentDatabase;
let clients: pg.Client[] = [];

beforeAll(async () => {
  database = await lendEmbedded(false, limits);
  const client = await open();
  await client.query('CREATE TABLE notes (id integer PRIMARY KEY, writer text NOT NULL)');
}, 60_000);
afterAll(() => database.close(), 60_000);
afterEach(async () => {
  await Promise.all(clients.map((client) => client.end().catch(() => {})));
  clients = [];
  await (await open()).query('DELETE FROM notes');
});

async function open(): Promise<pg.Client & { broke: Promise<Error> }> {
  const client = new pg.Client(database.url);
  const broke = new Promise<Error>((resolve) => client.on('error', resolve));
  await client.connect();
  clients.push(client);
  return Object.assign(client, { broke });
}

/** The server's side of a connection that pg would not make. */
async function openRaw(): Promise<Socket & { heard: () => Buffer }> {
  const socket = connect(`${new URL(database.url).searchParams.get('host')}/.s.PGSQL.5432`);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  return Object.assign(socket, { heard: () => Buffer.concat(chunks) });
}

async function openRawReady(): Promise<Socket & { heard: () => Buffer }> {
  const socket = await openRaw();
  // Length, version 3.0, one parameter.
  socket.write(Buffer.concat([Buffer.from('0000001000030000', 'hex'), Buffer.from('user\0a\0\0')]));
  await until(() => typesOf(socket.heard()).endsWith('Z'));
  return socket;
}

function message(type: string, body: Buffer | string): Buffer {
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeInt32BE(Buffer.byteLength(body) + 4, 1);
  return Buffer.concat([header, Buffer.from(body)]);
}

/** The types of the messages that lie in these bytes, one letter each. */
function typesOf(bytes: Buffer): string {
  let types = '';
  for (let at = 0; at + 5 <= bytes.length; at += 1 + bytes.readInt32BE(at + 1)) types += String.fromCharCode(bytes[at]);
  return types;
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('waited too long');
    await sleep(10);
  }
}

const writers = async (): Promise<string[]> => {
  const { rows } = await (await open()).query<{ writer: string }>('SELECT writer FROM notes ORDER BY id');
  return rows.map(({ writer }) => writer);
};

test('50 clients with values of 1 MB each get the answers to their own statements', async () => {
  const wrong: unknown[] = [];
  let answers = 0;
  const work = async (client: pg.Client, number: number) => {
    for (let round = 0; round < 2; round++) {
      const value = randomBytes(mebibyte / 2).toString('hex');
      const { rows } = await client.query('SELECT md5($1) AS digest, $2::integer AS client', [value, number]);
      answers++;
      const digest = createHash('md5').update(value).digest('hex');
      if (rows.length !== 1 || rows[0].digest !== digest || rows[0].client !== number) wrong.push(rows);
    }
  };
  const all = await Promise.all(Array.from({ length: 50 }, open));
  await Promise.all(all.map(work));
  expect(wrong).toEqual([]);
  expect(answers).toBe(100);
}, 60_000);

test('the statement of one client does not run in the transaction of another', async () => {
  const [first, second] = [await open(), await open()];
  await first.query('BEGIN');
  await first.query("INSERT INTO notes VALUES (1, 'first')");
  const waiting = second.query("INSERT INTO notes VALUES (2, 'second')");
  await first.query("INSERT INTO notes VALUES (3, 'first')");
  await first.query('ROLLBACK');
  await waiting;
  expect(await writers()).toEqual(['second']);
});

test('many transactions at once are each whole', async () => {
  const transfer = async (client: pg.Client, number: number) => {
    await client.query('BEGIN');
    await client.query('INSERT INTO notes VALUES ($1, $2)', [2 * number, `writer ${number}`]);
    await client.query('INSERT INTO notes VALUES ($1, $2)', [2 * number + 1, `writer ${number}`]);
    await client.query(number % 3 === 0 ? 'ROLLBACK' : 'COMMIT');
  };
  await Promise.all((await Promise.all(Array.from({ length: 30 }, open))).map(transfer));
  const kept = Array.from({ length: 30 }, (_, number) => number).filter((number) => number % 3 !== 0);
  expect(await writers()).toEqual(kept.flatMap((number) => [`writer ${number}`, `writer ${number}`]));
});

test('a client that vanishes leaves nothing of its transaction, and the others go on', async () => {
  const vanishing = await open();
  await vanishing.query('BEGIN');
  await vanishing.query("INSERT INTO notes VALUES (1, 'vanished')");
  const waiting = (await open()).query("INSERT INTO notes VALUES (2, 'stayed')");
  (vanishing as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
  await waiting;
  expect(await writers()).toEqual(['stayed']);
});

test('a client that idles in a transaction is dropped with the reason', async () => {
  const idle = await open();
  await idle.query('BEGIN');
  await idle.query("INSERT INTO notes VALUES (1, 'idle')");
  const began = performance.now();
  await (await open()).query("INSERT INTO notes VALUES (2, 'other')");
  expect(performance.now() - began).toBeLessThan(idleInTransactionMs + 3000);
  expect(await idle.broke).toMatchObject({ code: '25P03', severity: 'FATAL' });
  expect(await writers()).toEqual(['other']);
});

test('an error in a transaction is the matter of its client alone', async () => {
  const [failing, other] = [await open(), await open()];
  await failing.query('BEGIN');
  await expect(failing.query('SELECT 1 / $1::integer', [0])).rejects.toMatchObject({ code: '22012' });
  const waiting = other.query("INSERT INTO notes VALUES (1, 'other')");
  await expect(failing.query('SELECT 1')).rejects.toMatchObject({ code: '25P02' });
  await failing.query('ROLLBACK');
  await waiting;
  expect((await failing.query('SELECT 2 AS two')).rows).toEqual([{ two: 2 }]);
});

test('an error is followed by one ReadyForQuery, so that the next query gets its own answer', async () => {
  const client = await open();
  for (let number = 0; number < 20; number++) {
    const answer = client.query('SELECT $1::integer / ($1::integer % 2) AS n', [number]);
    if (number % 2 === 0) await expect(answer).rejects.toMatchObject({ code: '22012' });
    else expect((await answer).rows).toEqual([{ n: number }]);
  }
  const raw = await openRawReady();
  const before = raw.heard().length;
  raw.write(Buffer.concat([message('P', '\0SELECT nope\0\0\0'), message('S', '')]));
  await until(() => typesOf(raw.heard().subarray(before)).includes('Z'));
  await sleep(50);
  expect(typesOf(raw.heard().subarray(before))).toBe('EZ');
  raw.destroy();
});

test('thousands of errors do not wear it out', async () => {
  const client = await open();
  for (let n = 0; n < 4000; n++) await client.query('SELECT 1 / $1::integer', [0]).catch(() => {});
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
}, 60_000);

const trap = 'SELECT ST_IsValid(ST_GeomFromGeoJSON($1)) AS valid';

test('a statement that PGlite answers with nothing is an error, and its client goes on', async () => {
  const client = await open();
  await expect(client.query(trap, [openRing])).rejects.toMatchObject({
    code: '58000',
    severity: 'ERROR',
    message: expect.stringContaining('started again'),
  });
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
}, 60_000);

test('in a transaction such a statement ends the connection: nothing of it can be committed', async () => {
  const [hurt, other] = [await open(), await open()];
  await other.query("INSERT INTO notes VALUES (1, 'before')");
  await hurt.query('BEGIN');
  await hurt.query("INSERT INTO notes VALUES (2, 'lost')");
  await expect(hurt.query(trap, [openRing])).rejects.toMatchObject({ code: '58000', severity: 'FATAL' });
  await other.query("INSERT INTO notes VALUES (3, 'after')");
  expect(await writers()).toEqual(['before', 'after']);
}, 60_000);

test('a statement that does not end is ended', async () => {
  const slow = (await open()).query('SELECT count(*) FROM generate_series(1, 100000000000)');
  await expect(slow).rejects.toMatchObject({ message: expect.stringContaining('longer than 4000 ms') });
  expect((await (await open()).query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
}, 60_000);

test('COPY, which would wait for ever, is an error', async () => {
  await expect((await open()).query('COPY notes FROM STDIN')).rejects.toBeInstanceOf(Error);
  expect((await (await open()).query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
}, 60_000);

test('large results arrive whole', async () => {
  const { rows } = await (
    await open()
  ).query<{ text: string }>('SELECT repeat($1, 1000) AS text FROM generate_series(1, 20000)', ['é']);
  expect(rows).toHaveLength(20_000);
  expect(rows.every(({ text }) => text === 'é'.repeat(1000))).toBe(true);
});

test('a statement above the limit is refused before it is stored', async () => {
  const client = await open();
  const large = client.query('SELECT length($1)', ['x'.repeat(5 * mebibyte)]);
  await expect(large).rejects.toMatchObject({ code: '54000' });
});

test.each([
  ['a named statement', message('P', 'name\0SELECT 1\0\0\0'), '0A000'],
  ['a statement of an earlier group', message('B', '\0\0\0\0\0\0\0\0'), '26000'],
  ['Flush', message('H', ''), '0A000'],
  ['an unknown message', message('z', ''), '08P01'],
  ['a message that ends inside a string', message('P', 'name'), '08P01'],
])('%s is refused and ends the connection', async (_name, bytes, code) => {
  const raw = await openRawReady();
  const before = raw.heard().length;
  raw.write(Buffer.concat([bytes, message('S', '')]));
  await until(() => raw.destroyed);
  expect(raw.heard().subarray(before).toString()).toContain(`SFATAL\0VFATAL\0C${code}\0`);
});

test.each([
  ['a negative length', Buffer.from([0x51, 0xff, 0xff, 0xff, 0xff])],
  ['a length beyond the limit', Buffer.from([0x51, 0x7f, 0xff, 0xff, 0xff])],
])('%s ends the connection at once', async (_name, bytes) => {
  const raw = await openRawReady();
  raw.write(bytes);
  await until(() => raw.destroyed);
  expect(typesOf(raw.heard())).toMatch(/ZE$/);
});

test('encryption is declined, a start-up message that comes byte by byte is understood', async () => {
  const raw = await openRaw();
  for (const byte of Buffer.from('0000000804d2162f', 'hex')) raw.write(Buffer.from([byte]));
  await until(() => raw.heard().toString() === 'N');
  raw.destroy();
});

test('a client beyond the limit is told so', async () => {
  await Promise.all(Array.from({ length: 60 - clients.length }, open));
  await expect(open()).rejects.toMatchObject({ code: '53300' });
});
