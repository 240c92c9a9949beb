/** A message as it was received: at least once, in no order, hidden from others until its time is up. */
export interface Received {
  body: unknown;
  /** Names this receipt; it ends when the message is received again. */
  receipt: string;
  /** How often the message has been received, this time included. */
  receives: number;
}

export interface QueueCounts {
  /** Messages that could be received now. */
  ready: number;
  /** Messages that somebody has and has not deleted. */
  inFlight: number;
}

/**
 * A lossy, duplicating hint that there is work (SQS or the database); the truth lies in the database. A message that
 * was received `maxReceives` times without being deleted moves to the dead-letter queue `<name>-dlq`.
 */
export interface Queue {
  send(queue: string, bodies: readonly unknown[], options?: { delaySeconds?: number | undefined }): Promise<void>;
  /** Up to `max` messages (at most 10), each hidden for `visibilitySeconds`; waits up to `waitSeconds` for a first one. */
  receive(
    queue: string,
    options: { max: number; visibilitySeconds: number; waitSeconds: number; signal?: AbortSignal | undefined },
  ): Promise<Received[]>;
  /** Hides a message for longer, or with 0 hands it back; false where the receipt has ended. */
  extend(queue: string, receipt: string, visibilitySeconds: number): Promise<boolean>;
  /** Done with a message; false where the receipt has ended. */
  delete(queue: string, receipt: string): Promise<boolean>;
  counts(queue: string): Promise<QueueCounts>;
}

export const maxReceives = 5;
export const deadLetterQueue = (queue: string): string => `${queue}-dlq`;
