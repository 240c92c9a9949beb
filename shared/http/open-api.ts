import { isDeepStrictEqual } from 'node:util';
import type { App } from './create-app.ts';

export interface DocumentInfo {
  title: string;
  version: string;
  description?: string | undefined;
}

/** As much of an OpenAPI 3.1 document as merging needs to know. */
export interface OpenApiDocument {
  openapi: string;
  info: { title: string; version: string };
  paths?: Record<string, unknown> | undefined;
  components?: Record<string, unknown> | undefined;
  [member: string]: unknown;
}

export const bearerScheme = {
  name: 'bearer',
  definition: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
} as const;

export const shareScheme = {
  name: 'share',
  definition: { type: 'apiKey', in: 'query', name: 'share', description: 'the key of a share of the job' },
} as const;

/** `security` of a route that needs a token. */
export const bearerSecurity: Record<string, string[]>[] = [{ [bearerScheme.name]: [] }];

/** `security` of a route that only reads a job: a token, or a share of that job. */
export const viewerSecurity: Record<string, string[]>[] = [...bearerSecurity, { [shareScheme.name]: [] }];

/** The OpenAPI 3.1 document of an app, made from its routes. */
export function documentOf(app: App, info: DocumentInfo): OpenApiDocument {
  const { description, ...named } = info;
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: description === undefined ? named : { ...named, description },
  });
  return document as unknown as OpenApiDocument;
}

/** One document of many functions. A path or a component that two of them define differently is an error. */
export function mergeDocuments(
  documents: readonly OpenApiDocument[],
  info: DocumentInfo,
  serverUrl: string,
): OpenApiDocument {
  const paths: Record<string, unknown> = {};
  const components: Record<string, Record<string, unknown>> = {};
  for (const document of documents) {
    addUnique(paths, document.paths ?? {}, 'path');
    for (const [kind, entries] of Object.entries(document.components ?? {}))
      addUnique((components[kind] ??= {}), entries as Record<string, unknown>, `components.${kind}`);
  }
  return { openapi: '3.1.0', info, servers: [{ url: serverUrl }], paths: sorted(paths), components };
}

function addUnique(into: Record<string, unknown>, entries: Record<string, unknown>, kind: string): void {
  for (const [name, entry] of Object.entries(entries)) {
    if (name in into && !isDeepStrictEqual(into[name], entry))
      throw new Error(`two functions define ${kind} ${name} differently; give one of them another name`);
    into[name] = entry;
  }
}

const sorted = (entries: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
