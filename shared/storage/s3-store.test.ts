import { CreateBucketCommand, DeleteBucketCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { eachS3Server } from '#shared/testing/services/s3-servers.ts';
import { objectStoreContract } from './object-store-contract.ts';
import { openS3Client, type S3Bucket } from './s3-client.ts';
import { ensureS3Bucket } from './s3-ensure-bucket.ts';
import { s3Store } from './s3-store.ts';
import { partBytes } from './s3-upload.ts';

eachS3Server((lent, kind) => {
  objectStoreContract('in a bucket', async () => s3Store(await lent.newBucket()));

  /** MinIO lists those of exactly one key. */
  const openUploads = async (at: S3Bucket) =>
    (await at.client.send(new ListMultipartUploadsCommand({ Bucket: at.bucket, Prefix: 'large' }))).Uploads ?? [];

  describe('a large object', () => {
    const piece = Buffer.alloc(1_000_003, 'wheat ');
    const pieces = Math.ceil((2.5 * partBytes) / piece.length);

    test('is written by parts, from a buffer that its writer uses again', { timeout: 60_000 }, async () => {
      const at = await lent.newBucket();
      const store = s3Store(at);
      await store.putStream('large', async (sink) => {
        const reused = Buffer.alloc(piece.length);
        for (let n = 0; n < pieces; n++) {
          reused.set(piece);
          await sink.write(reused);
          reused.fill(0);
        }
      });
      expect(await store.size('large')).toBe(pieces * piece.length);
      const all = Buffer.from((await store.get('large'))!);
      expect(all.equals(Buffer.concat(Array.from({ length: pieces }, () => piece)))).toBe(true);
      const across = Buffer.from(await store.getRange('large', partBytes - 500, 1000));
      expect(across.equals(all.subarray(partBytes - 500, partBytes + 500))).toBe(true);
      expect(await openUploads(at)).toEqual([]);
    });

    test('that breaks off after some parts leaves the old one, and no parts', { timeout: 60_000 }, async () => {
      const at = await lent.newBucket();
      const store = s3Store(at);
      await store.put('large', Buffer.from('old'));
      const broken = store.putStream('large', async (sink) => {
        for (let n = 0; n < pieces; n++) await sink.write(piece);
        expect(await openUploads(at)).toHaveLength(1);
        throw new Error('broke off');
      });
      await expect(broken).rejects.toThrow('broke off');
      expect(String(Buffer.from((await store.get('large'))!))).toBe('old');
      expect(await openUploads(at)).toEqual([]);
    });

    test('is put whole in the same way', { timeout: 60_000 }, async () => {
      const store = s3Store(await lent.newBucket());
      const bytes = Buffer.alloc(partBytes + 5, 'x');
      await store.put('large', bytes);
      expect(Buffer.from((await store.get('large'))!).equals(bytes)).toBe(true);
    });
  });

  test('lists more keys than one page has', { timeout: 60_000 }, async () => {
    const store = s3Store(await lent.newBucket());
    const keys = Array.from({ length: 1100 }, (_, n) => `many/${String(n).padStart(5, '0')}`);
    for (let at = 0; at < keys.length; at += 50)
      await Promise.all(keys.slice(at, at + 50).map((key) => store.put(key, Buffer.from('x'))));
    expect(await store.list('many/')).toEqual(keys);
    expect(await store.list('many/010')).toEqual(keys.slice(1000));
  });

  describe('trouble is told, never taken for nothing', () => {
    test('a bucket that is not there', async () => {
      const at = await lent.newBucket();
      await at.client.send(new DeleteBucketCommand({ Bucket: at.bucket }));
      const store = s3Store(at);
      const missing = { code: 'setup-missing', message: expect.stringContaining(`there is no bucket ${at.bucket}`) };
      await expect(store.get('a')).rejects.toMatchObject(missing);
      await expect(store.size('a')).rejects.toMatchObject(missing);
      await expect(store.list('a')).rejects.toMatchObject(missing);
      await expect(store.put('a', Buffer.from('x'))).rejects.toMatchObject(missing);
      await expect(store.delete('a')).rejects.toMatchObject(missing);
      await at.client.send(new CreateBucketCommand({ Bucket: at.bucket }));
      expect(await store.size('a')).toBeNull();
    });

    test.each([
      ['secret', { secretAccessKey: 'another-secret' }],
      ['key', { accessKeyId: 'nobody' }],
    ])('a wrong %s', async (_, wrong) => {
      const at = await lent.newBucket();
      const { settings } = lent.server();
      const credentials = { ...settings.credentials, ...wrong };
      const store = s3Store({ ...at, client: openS3Client({ ...settings, credentials }, at.limits) });
      const refused = { code: 'setup-missing', message: expect.stringContaining('GEOCROP_OBJECTS_S3_ACCESS_KEY') };
      for (const attempt of [
        () => store.get('a'),
        () => store.size('a'),
        () => store.list(''),
        () => store.put('a', Buffer.from('x')),
      ]) {
        await expect(attempt()).rejects.toMatchObject(refused);
        await expect(attempt()).rejects.not.toThrow(credentials.secretAccessKey);
      }
    });

    // MinIO takes any region.
    const anotherRegion = async () => {
      const at = await lent.newBucket();
      const client = openS3Client({ ...lent.server().settings, region: 'af-south-1' }, at.limits);
      await expect(s3Store({ ...at, client }).get('a')).rejects.toMatchObject({
        code: 'setup-missing',
        message: expect.stringContaining('GEOCROP_OBJECTS_S3_REGION'),
      });
    };
    if (kind === 'versitygw') test('another region', anotherRegion);
  });

  test('a bucket is made once, and keeps what it has', async () => {
    const at = await lent.newBucket();
    await s3Store(at).put('kept', Buffer.from('x'));
    await ensureS3Bucket(at);
    expect(await s3Store(at).list('')).toEqual(['kept']);
  });
});
