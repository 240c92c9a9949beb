import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The application's workspace cannot see the root package's `#shared`.
  resolve: { alias: { '#shared': fileURLToPath(new URL('./shared', import.meta.url)) } },
  test: {
    include: ['{shared,functions,cli,knative,bench,chaos,samples,frontend}/**/*.test.ts'],
    globalSetup: ['shared/testing/postgres-setup.ts'],
    testTimeout: 30_000,
    maxWorkers: 2,
  },
});
