import type { IncomingMessage, ServerResponse } from 'node:http';
import { discardRest } from './linger.ts';
import { sendProblem, type ProblemStatus } from './problem.ts';

/** Answers with a problem; where the body has not come yet, the connection ends with it. */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: ProblemStatus,
  detail: string,
  headers: Record<string, string> = {},
): void {
  sendProblem(response, status, detail, request.complete ? headers : { ...headers, connection: 'close' });
  discardRest(request);
}
