import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import { apiDocument } from './api-document.ts';

const folder = new URL('../../frontend/src/api/', import.meta.url);
const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));

/** The API's document and the types made from it, as the application keeps them. */
export async function apiFiles(): Promise<{ 'openapi.json': string; 'schema.d.ts': string }> {
  const document = await apiDocument(version, '/');
  const types = astToString(await openapiTS(structuredClone(document) as never));
  return {
    'openapi.json': `${JSON.stringify(document, null, 2)}\n`,
    'schema.d.ts': `// Made by \`npm run api\` from the routes of the functions.\n${types}`,
  };
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(await apiFiles())) await writeFile(new URL(name, folder), text);
}
