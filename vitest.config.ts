import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{shared,functions,cli,knative,bench,samples}/**/*.test.ts'],
    globalSetup: ['shared/testing/postgres-setup.ts'],
    testTimeout: 30_000,
    maxWorkers: 2,
  },
});
