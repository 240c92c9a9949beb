import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  // The application's workspace cannot see the root package's `#shared`.
  resolve: { alias: { '#shared': fileURLToPath(new URL('./shared', import.meta.url)) } },
  test: {
    testTimeout: 30_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'code',
          include: ['{shared,functions,cli,knative,bench,chaos,samples,frontend}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'frontend/walk/**'],
          globalSetup: ['shared/testing/postgres-setup.ts'],
        },
      },
      {
        extends: true,
        // A browser and a platform take both cores, and some of what they must do is timed: they run alone.
        test: {
          name: 'browser',
          include: ['frontend/walk/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
