import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { apiFiles } from './make-api.ts';

test('the application was built against the API as it is; else run `npm run api`', async () => {
  for (const [name, made] of Object.entries(await apiFiles())) {
    const kept = await readFile(new URL(`../../frontend/src/api/${name}`, import.meta.url), 'utf8');
    expect(kept === made, `frontend/src/api/${name} is not what the routes give now: run npm run api`).toBe(true);
  }
});
