import { randomUUID } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
} from '@aws-sdk/client-s3';
import type { ObjectSink } from './object-store.ts';
import type { S3Bucket } from './s3-client.ts';
import { s3Failure, s3Request } from './s3-request.ts';

/** Bytes that are held before they are sent; S3 takes 10,000 parts, so that an object has 80 GiB at most. */
export const partBytes = 8 * 2 ** 20;
const mostParts = 10_000;

export async function putWhole(at: S3Bucket, key: string, bytes: Uint8Array): Promise<void> {
  const put = { Bucket: at.bucket, Key: key, Body: bytes, ContentLength: bytes.length };
  await s3Request(at, key, () => at.client.send(new PutObjectCommand(put)));
}

/** Writes an object in one request where it is small, else by parts; the object is there when all of it is, or not at all. */
export async function putPieces(at: S3Bucket, key: string, write: (sink: ObjectSink) => Promise<void>): Promise<void> {
  const upload = new Upload(at, key);
  try {
    await write(upload);
    await upload.complete();
  } catch (error) {
    await upload.abort();
    throw error;
  }
}

class Upload implements ObjectSink {
  readonly #at: S3Bucket;
  readonly #key: string;
  /** Tells this upload's object from an older one of the same name. */
  readonly #mark: string = randomUUID();
  readonly #parts: CompletedPart[] = [];
  #id: string | undefined;
  #held: Buffer = Buffer.alloc(0);
  #filled = 0;
  #failure: unknown;

  constructor(at: S3Bucket, key: string) {
    this.#at = at;
    this.#key = key;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#held.length === 0) this.#held = Buffer.allocUnsafe(partBytes);
    for (let from = 0; from < bytes.length;) {
      const piece = bytes.subarray(from, from + partBytes - this.#filled);
      this.#held.set(piece, this.#filled);
      this.#filled += piece.length;
      from += piece.length;
      if (this.#filled === partBytes) await this.#sendPart();
    }
  }

  async complete(): Promise<void> {
    // A writer may have gone on after a part that failed: what it wrote is then not whole.
    if (this.#failure) throw this.#failure;
    if (!this.#id) return putWhole(this.#at, this.#key, this.#held.subarray(0, this.#filled));
    if (this.#filled > 0) await this.#sendPart();
    await s3Request(this.#at, this.#key, () => this.#finish());
  }

  /** Frees what the server keeps of the parts; it gives them up by itself later where that fails. */
  async abort(): Promise<void> {
    if (!this.#id) return;
    const abort = new AbortMultipartUploadCommand({ ...this.#address(), UploadId: this.#id });
    await this.#at.client.send(abort).catch(() => {});
  }

  #address() {
    return { Bucket: this.#at.bucket, Key: this.#key };
  }

  async #sendPart(): Promise<void> {
    try {
      this.#id ??= await this.#begin();
      const number = this.#parts.length + 1;
      if (number > mostParts) throw new Error(`${this.#key} is larger than ${mostParts} parts of ${partBytes} bytes`);
      const part = { ...this.#address(), UploadId: this.#id, PartNumber: number };
      const Body = this.#held.subarray(0, this.#filled);
      const send = () => this.#at.client.send(new UploadPartCommand({ ...part, Body, ContentLength: Body.length }));
      const { ETag } = await s3Request(this.#at, this.#key, send);
      this.#parts.push({ PartNumber: number, ETag });
      this.#filled = 0;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  async #begin(): Promise<string> {
    const begin = { ...this.#address(), Metadata: { upload: this.#mark } };
    const send = () => this.#at.client.send(new CreateMultipartUploadCommand(begin));
    const { UploadId } = await s3Request(this.#at, this.#key, send);
    if (UploadId) return UploadId;
    throw new Error(`the object store at ${this.#at.endpoint} names no upload for ${this.#key}`);
  }

  async #finish(): Promise<void> {
    const parts = { UploadId: this.#id, MultipartUpload: { Parts: this.#parts } };
    try {
      await this.#at.client.send(new CompleteMultipartUploadCommand({ ...this.#address(), ...parts }));
    } catch (error) {
      // The answer to an earlier try may have been lost on the way, when the object was already there.
      if (s3Failure(error).name !== 'NoSuchUpload' || !(await this.#isThere())) throw error;
    }
  }

  async #isThere(): Promise<boolean> {
    const found = await this.#at.client.send(new HeadObjectCommand(this.#address())).catch(() => null);
    return found?.Metadata?.upload === this.#mark;
  }
}
