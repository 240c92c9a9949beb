import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  // A string: `#shared/x` of the root package, whose imports the browser's build does not read.
  resolve: { alias: { '#shared': fileURLToPath(new URL('../shared', import.meta.url)) } },
  build: {
    target: 'es2022',
    // The policy of the page allows files of its own origin only: nothing is put into the document or its styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
  },
  worker: { format: 'es' },
  // In development the interface is served by vite, everything else by a platform that runs.
  server: {
    proxy: Object.fromEntries(
      ['/auth', '/jobs', '/processes', '/status', '/tiles', '/users', '/demo.json', '/settings.json'].map((path) => [
        path,
        'http://127.0.0.1:8080',
      ]),
    ),
  },
});
