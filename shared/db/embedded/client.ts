import type { Socket } from 'node:net';
import { welcome, type TransactionStatus } from './backend-messages.ts';
import { MessageReader, type Incoming } from './message-reader.ts';
import { ProtocolError } from './protocol-error.ts';
import { fatalMessage, type Session } from './session.ts';
import type { Turns } from './turns.ts';

/** How long a client may take to read why its connection ends. */
const lastWordsMs = 1000;
const protocolVersion3 = 196_608;
const cancelRequest = 80_877_102;
const encryptionRequests = [80_877_103, 80_877_104];

export interface ClientOptions {
  maxGroupBytes: number;
  idleInTransactionMs: number;
  serverVersion: string;
}

/** One connection, from its start-up message to its end; ends a transaction that it leaves open. */
export class Client {
  readonly #id: number;
  readonly #socket: Socket;
  readonly #session: Session;
  readonly #turns: Turns;
  readonly #options: ClientOptions;
  #status: TransactionStatus = 'I';
  #timer: NodeJS.Timeout | undefined;

  constructor(id: number, socket: Socket, session: Session, turns: Turns, options: ClientOptions) {
    this.#id = id;
    this.#socket = socket;
    this.#session = session;
    this.#turns = turns;
    this.#options = options;
  }

  async serve(): Promise<void> {
    const reader = new MessageReader(this.#options.maxGroupBytes);
    // A reset connection ends the loop below; it is not an error of the server.
    this.#socket.on('error', () => {});
    try {
      await this.#converse(reader);
    } catch (error) {
      if (!this.#socket.destroyed) this.end(error);
    } finally {
      await this.#leave();
    }
  }

  /** Tells the client why its connection ends, and ends it. */
  end(reason: unknown): void {
    this.#socket.write(fatalMessage(reason));
    this.#hangUp();
  }

  async #converse(reader: MessageReader): Promise<void> {
    // The socket must outlive the loop, so that the client can be told what was wrong.
    for await (const chunk of this.#socket.iterator({ destroyOnReturn: false })) {
      reader.push(chunk as Buffer);
      for (let incoming = reader.next(); incoming; incoming = reader.next())
        if (!(await this.#handle(incoming, reader))) return;
    }
  }

  /** False where the conversation is over. */
  async #handle(incoming: Incoming, reader: MessageReader): Promise<boolean> {
    if (incoming.kind === 'terminate') return false;
    if (incoming.kind === 'startup') return this.#greet(incoming.code, reader);
    clearTimeout(this.#timer);
    await this.#turns.take(this, () => this.#answer(incoming.bytes));
    this.#timer = this.#watchIdleness();
    if (this.#socket.writableNeedDrain) await drained(this.#socket);
    return !this.#socket.destroyed;
  }

  async #answer(group: Uint8Array<ArrayBuffer>): Promise<TransactionStatus> {
    const before = this.#status;
    this.#status = 'I';
    const answer = await this.#session.run(group, before !== 'I');
    for (const part of answer.parts) this.#socket.write(part);
    this.#status = answer.status;
    return answer.status;
  }

  #greet(code: number, reader: MessageReader): boolean {
    if (code === cancelRequest) return false;
    if (encryptionRequests.includes(code)) return this.#socket.write('N') || true;
    if (code !== protocolVersion3) throw new ProtocolError('0A000', `unsupported protocol version ${code}`);
    reader.begin();
    this.#socket.write(welcome(this.#id, this.#options.serverVersion));
    return true;
  }

  /** While a client is in a transaction nobody else is served: one that says nothing for too long is dropped. */
  #watchIdleness(): NodeJS.Timeout | undefined {
    if (this.#status === 'I') return undefined;
    const { idleInTransactionMs } = this.#options;
    const text = `the connection was idle in a transaction for ${idleInTransactionMs} ms while others waited`;
    return setTimeout(() => this.end(new ProtocolError('25P03', text)), idleInTransactionMs);
  }

  async #leave(): Promise<void> {
    clearTimeout(this.#timer);
    this.#hangUp();
    if (this.#turns.owns(this)) await this.#turns.take(this, () => this.#session.rollBack()).catch(() => {});
  }

  /** Lets what was written arrive, but waits for nobody who does not read. */
  #hangUp(): void {
    this.#socket.destroySoon();
    setTimeout(() => this.#socket.destroy(), lastWordsMs).unref();
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
}
