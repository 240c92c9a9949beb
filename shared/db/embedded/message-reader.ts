import { ProtocolError } from './protocol-error.ts';
import { checkGroup } from './group-rules.ts';

/** What a client sent: its start, a whole group of messages that the database can answer, or its goodbye. */
export type Incoming =
  | { kind: 'startup'; code: number; body: Buffer }
  | { kind: 'group'; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'terminate' };

const maxStartupBytes = 10_000;
const headerBytes = 5;

/**
 * Cuts a client's byte stream into whole groups. The database is one session for all clients: a group that reached it
 * in pieces would be mixed with another client's, so nothing leaves here before its Query or Sync is complete.
 */
export class MessageReader {
  readonly #maxBytes: number;
  #started = false;
  #chunks: Buffer[] = [];
  #size = 0;
  /** Where the next message begins, counted from the beginning of the group. */
  #next = 0;
  #wanted = 4;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** The next whole thing that has arrived; null where more bytes are needed. */
  next(): Incoming | null {
    while (this.#size >= this.#wanted) {
      const found = this.#started ? this.#nextMessage(this.#joined()) : this.#nextStartup(this.#joined());
      if (found) return found;
    }
    return null;
  }

  /** The start-up messages are over; what follows carries a type. */
  begin(): void {
    this.#started = true;
    this.#wanted = headerBytes;
  }

  #joined(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0];
  }

  #nextStartup(bytes: Buffer): Incoming | null {
    const length = bytes.readInt32BE(0);
    if (length < 8 || length > maxStartupBytes) throw new ProtocolError('08P01', `invalid start-up length ${length}`);
    this.#wanted = length;
    if (bytes.length < length) return null;
    const whole = this.#take(length);
    this.#wanted = 4;
    return { kind: 'startup', code: whole.readInt32BE(4), body: whole.subarray(8) };
  }

  #nextMessage(bytes: Buffer): Incoming | null {
    const end = this.#next + 1 + this.#checkedLength(bytes);
    this.#wanted = end;
    if (bytes.length < end) return null;
    const type = String.fromCharCode(bytes[this.#next]);
    this.#next = end;
    this.#wanted = end + headerBytes;
    if (type === 'X') return { kind: 'terminate' };
    return type === 'Q' || type === 'S' ? { kind: 'group', bytes: this.#takeGroup(end) } : null;
  }

  #checkedLength(bytes: Buffer): number {
    const length = bytes.readInt32BE(this.#next + 1);
    if (length < 4) throw new ProtocolError('08P01', `invalid message length ${length}`);
    if (this.#next + length > this.#maxBytes)
      throw new ProtocolError('54000', `a statement with its values is larger than ${this.#maxBytes} bytes`);
    return length;
  }

  #takeGroup(length: number): Uint8Array<ArrayBuffer> {
    const group = this.#take(length);
    this.#next = 0;
    this.#wanted = headerBytes;
    checkGroup(group);
    return group;
  }

  /** A copy of its own memory: it may be handed to another thread. */
  #take(length: number): Buffer<ArrayBuffer> {
    const bytes = this.#joined();
    const taken = Buffer.from(new ArrayBuffer(length));
    bytes.copy(taken, 0, 0, length);
    this.#chunks = [bytes.subarray(length)];
    this.#size -= length;
    return taken;
  }
}
