import { SQSClient } from '@aws-sdk/client-sqs';
import { GeoCropError } from '#shared/domain/errors.ts';

/** Where an SQS server is, who asks it and what its queues' names begin with. */
export interface SqsSettings {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  queuePrefix: string;
}

/** A server and how it is asked. */
export interface SqsServer {
  client: SQSClient;
  endpoint: string;
  queuePrefix: string;
}

const tries = 4;
const connectMs = 5000;
const answerMs = 20_000;

/** A client for any SQS server; a queue is asked at this endpoint, whatever address the server gives it. */
export function openSqsServer({ endpoint, region, credentials, queuePrefix }: SqsSettings): SqsServer {
  const client = new SQSClient({
    endpoint,
    region,
    credentials,
    useQueueUrlAsEndpoint: false,
    maxAttempts: tries,
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: connectMs + answerMs,
      throwOnRequestTimeout: true,
    },
  });
  return { client, endpoint, queuePrefix };
}

interface SqsFailure {
  name: string;
  message: string;
  code?: string | undefined;
  $metadata?: { httpStatusCode?: number | undefined } | undefined;
}

export const sqsFailure = (error: unknown): SqsFailure => error as SqsFailure;
export const isNoSuchQueue = (error: unknown): boolean =>
  /QueueDoesNotExist|NonExistentQueue/.test(sqsFailure(error).name);

/** The error in words for whoever runs the platform. */
export function sqsProblem({ endpoint }: SqsServer, queue: string, error: unknown): unknown {
  if (error instanceof GeoCropError) return error;
  const { name, message, code, $metadata } = sqsFailure(error);
  const status = $metadata?.httpStatusCode;
  const problem = (kind: 'setup-missing' | 'unavailable', text: string) =>
    new GeoCropError(kind, text, { cause: error, forOperator: true });
  if (isNoSuchQueue(error))
    return problem(
      'setup-missing',
      `there is no queue ${queue} at ${endpoint}; make it with its dead-letter queue, or name others by GEOCROP_SQS_QUEUE_PREFIX`,
    );
  if (status === 401 || status === 403)
    return problem(
      'setup-missing',
      `the queue server at ${endpoint} refuses ${queue} (${status} ${name}); check GEOCROP_SQS_ACCESS_KEY, its secret, and what that key may do`,
    );
  const isTrouble = name === 'TimeoutError' || typeof code === 'string';
  if (status === undefined ? isTrouble : status >= 500 || status === 429)
    return problem(
      'unavailable',
      `the queue server at ${endpoint} does not serve ${queue} (${status ?? code ?? name}: ${message || 'no answer'}); see that it runs and can be reached, then try again`,
    );
  if (status === undefined) return error;
  return new Error(`the queue server at ${endpoint} answers ${status} ${name} for ${queue}: ${message}`, {
    cause: error,
  });
}
