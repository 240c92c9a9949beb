import { expect, test } from 'vitest';
import { errorCodes } from '#shared/domain/errors.ts';
import { statusOf } from '#shared/http/problem.ts';
import { problemKinds, problemMessage } from './problem.ts';

test.each(Object.entries(problemKinds))('%i has a code of the platform', (_, [code]) =>
  expect(errorCodes).toContain(code),
);

test.each([400, 404, 405, 413, 503] as const)('%i means the same from the gateway and from a function', (status) =>
  expect(statusOf(problemKinds[status][0])).toBe(status),
);

test('a problem as bytes is one whole message with all members', () => {
  const [head, body] = problemMessage(413, 'too much', 'http://host/a?token=1').split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1.1 413 Payload Too Large\r\n/);
  expect(head).toContain(`content-length: ${body.length}`);
  const id = /x-request-id: (\S+)/.exec(head)?.[1];
  expect(JSON.parse(body)).toEqual({
    type: '/problems/too-large',
    title: 'Too large',
    status: 413,
    detail: 'too much',
    instance: '/a',
    code: 'too-large',
    requestId: id,
    field: 'body',
  });
});
