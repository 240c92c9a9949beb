import { z } from 'zod';
import { GeoCropError } from '#shared/domain/errors.ts';
import { below, type Landing } from './api-collections.ts';
import { expectJson, requestJson, type JsonAnswer } from './http-json.ts';
import { describeIssues, linksSchema, type StacLink } from './item-schema.ts';
import { sameOrigin, type JsonRequest, type Transport } from './send-request.ts';

const pageSchema = z.looseObject({
  type: z.literal('FeatureCollection'),
  features: z.array(z.unknown()).max(20_000),
  links: linksSchema,
});

export interface ItemPage {
  url: string;
  features: unknown[];
}

/** Headers that a next link may set: not those that decide where a request goes or who it is from. */
function allowedHeaders(headers: unknown): Record<string, string> {
  const refused = /^(?:host|cookie|authorization|proxy-.*|connection|content-.*|transfer-encoding|upgrade|te|expect)$/i;
  const entries = Object.entries(headers && typeof headers === 'object' ? headers : {});
  return Object.fromEntries(
    entries.filter(
      ([name, value]) =>
        typeof value === 'string' && /^[\w-]{1,64}$/.test(name) && !refused.test(name) && !/[\r\n\0]/.test(value),
    ),
  );
}

/** The request that a page's next link describes (STAC API, item search: `method`, `body`, `merge`, `headers`). */
export function nextRequest(link: StacLink, page: string, previous: JsonRequest): JsonRequest {
  const url = sameOrigin(link.href, page, 'a next link');
  const headers = allowedHeaders(link.headers);
  if (link.method?.toUpperCase() !== 'POST') return { url, headers };
  const merged = link.merge ? { ...(previous.body as object), ...(link.body as object) } : (link.body ?? previous.body);
  return { url, method: 'POST', body: merged, headers: link.merge ? { ...previous.headers, ...headers } : headers };
}

function asGet(url: string, body: Record<string, unknown>): JsonRequest {
  const address = new URL(url);
  for (const [key, value] of Object.entries(body)) address.searchParams.set(key, String(value));
  return { url: address.href };
}

/** Asks by POST unless the API offers only GET; falls back to GET where the server has no POST. */
async function firstPage(landing: Landing, body: Record<string, unknown>, transport: Transport) {
  const searches = landing.links.filter((link) => link.rel === 'search');
  const link = searches.find(({ method }) => method?.toUpperCase() !== 'GET') ?? searches[0];
  const url = link ? sameOrigin(link.href, landing.url, 'a search link') : below(landing.url, 'search');
  const get = asGet(url, body);
  const onlyGet = searches.length > 0 && searches.every(({ method }) => method?.toUpperCase() === 'GET');
  if (onlyGet) return { request: get, answer: await expectJson(get, transport) };
  const post: JsonRequest = { url, method: 'POST', body };
  const answer = await requestJson(post, transport);
  if (answer.body !== undefined) return { request: post, answer };
  const noPost = [404, 405, 501].includes(answer.status);
  if (noPost) return { request: get, answer: await expectJson(get, transport) };
  throw new GeoCropError('invalid-source', `${url} refused the search: HTTP ${answer.status}`);
}

function readPage({ url, body }: JsonAnswer) {
  const page = pageSchema.safeParse(body);
  if (page.success) return page.data;
  throw new GeoCropError('invalid-source', `${url} is not a page of items (${describeIssues(page.error)})`);
}

/** The pages of a search, one request at a time; GeoCropError `invalid-source` past the limit of pages. */
export async function* itemPages(
  landing: Landing,
  body: Record<string, unknown>,
  transport: Transport,
): AsyncGenerator<ItemPage> {
  let { request, answer } = await firstPage(landing, body, transport);
  for (let count = 1; ; count++) {
    const page = readPage(answer);
    yield { url: answer.url, features: page.features };
    const link = page.links?.find(({ rel }) => rel === 'next');
    if (!link) return;
    if (count >= transport.limits.pages)
      throw new GeoCropError('invalid-source', `${landing.url} has more than ${count} pages for this search`);
    request = nextRequest(link, answer.url, request);
    answer = await expectJson(request, transport);
  }
}
