/** What every adapter keeps to, so that code that runs on one runs on the others; they are SQS's, or stricter. */
export const queueLimits = {
  bodyBytes: 256 * 1024,
  messagesPerReceive: 10,
  delaySeconds: 900,
  visibilitySeconds: 43_200,
  waitSeconds: 20,
};

const nameForm = /^[a-z][a-z0-9-]{0,75}$/;

export function checkQueueName(queue: string): void {
  if (!nameForm.test(queue)) throw new Error(`not the name of a queue: ${JSON.stringify(queue.slice(0, 80))}`);
}

/** @throws where the value is not a number from `least` to the limit */
export function checkWithin(name: keyof typeof queueLimits, value: number, least = 0): void {
  const most = queueLimits[name];
  if (!(value >= least && value <= most)) throw new Error(`${name} must be from ${least} to ${most}, not ${value}`);
}

/** The JSON of a message, as it is sent. */
export function encodeBody(body: unknown): string {
  const json = JSON.stringify(body) as string | undefined;
  if (json === undefined) throw new Error(`a message must be a JSON value, not ${typeof body}`);
  const size = Buffer.byteLength(json);
  if (size > queueLimits.bodyBytes)
    throw new Error(`a message of ${size} bytes is larger than the ${queueLimits.bodyBytes} that a queue takes`);
  return json;
}
