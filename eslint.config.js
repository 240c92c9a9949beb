import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const why = 'Dependencies point one way (docs/architecture.md):';

/** Forbids imports of folders under `shared` (and of functions) that a layer must not know. */
function layer(files, allowed, extra = []) {
  const all = [
    'baselines',
    'config',
    'db',
    'domain',
    'features',
    'http',
    'mapping',
    'model',
    'queue',
    'raster',
    'stac',
    'storage',
    'testing',
    'tiles',
    'wasm',
  ];
  const forbidden = all.filter((name) => !allowed.includes(name));
  return {
    files,
    ignores: ['**/*.test.ts', '**/testing/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              // A pattern of `group` that begins with # is a comment.
              regex: `^#shared/(${forbidden.join('|')})/`,
              message: `${why} this folder may use only ${allowed.join(', ') || 'itself'}.`,
            },
            {
              group: ['**/functions/**', '**/cli/**', '../*/*'],
              message: `${why} shared code knows neither functions nor the CLI; reach other shared folders by #shared/.`,
            },
            ...extra,
          ],
        },
      ],
    },
  };
}

export default tseslint.config(
  { ignores: ['node_modules', '.geocrop', '.cache', 'frontend/dist', 'frontend/src/api/schema.d.ts'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    rules: {
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Only shared/config reads the environment; take the value as a parameter.',
        },
      ],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 15],
      eqeqeq: ['error', 'smart'],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  { files: ['**/*.test.ts'], rules: { 'max-lines-per-function': 'off', 'max-lines': 'off' } },
  {
    files: ['shared/config/**', '**/*.test.ts', 'shared/testing/**', 'frontend/walk/**'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['cli/**', 'bench/**', 'chaos/**', 'samples/**', 'functions/train/**', 'start.mjs'],
    rules: { 'no-console': 'off' },
  },
  layer(
    ['shared/domain/**/*.ts'],
    ['domain'],
    [
      {
        regex: '^(?!\\.|zod$)',
        message: `${why} the domain imports zod only, so that browser and functions share its rules.`,
      },
    ],
  ),
  layer(['shared/stac/**/*.ts'], ['domain', 'stac']),
  layer(['shared/raster/**/*.ts'], ['domain', 'raster']),
  layer(['shared/features/**/*.ts'], ['domain', 'wasm', 'features']),
  layer(['shared/wasm/**/*.ts'], ['wasm']),
  layer(['shared/model/**/*.ts'], ['domain', 'wasm', 'model']),
  layer(['shared/storage/**/*.ts'], ['domain', 'storage']),
  layer(['shared/config/**/*.ts'], ['domain', 'config']),
  layer(['shared/db/**/*.ts'], ['domain', 'db']),
  layer(['shared/queue/**/*.ts'], ['domain', 'db', 'queue']),
  layer(['shared/http/**/*.ts'], ['domain', 'http']),
  {
    files: ['knative/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '#shared/(?!domain/)|(^|/)(functions|cli)/',
              message: `${why} the runtime knows functions by their manifests alone.`,
            },
          ],
        },
      ],
    },
  },
  {
    files: ['functions/*/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['../*/**', '**/cli/**'],
              message: `${why} functions never import functions, nor the command line.`,
            },
          ],
        },
      ],
    },
  },
  layer(['shared/baselines/**/*.ts'], ['domain', 'raster', 'storage', 'tiles', 'baselines']),
  layer(['shared/tiles/**/*.ts'], ['domain', 'raster', 'storage', 'mapping', 'tiles']),
  {
    files: ['frontend/src/**/*.ts', 'frontend/src/**/*.tsx'],
    ...reactHooks.configs.flat['recommended-latest'],
  },
  {
    files: ['frontend/src/**/*.ts', 'frontend/src/**/*.tsx'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '#shared/(?!domain/)|(^|/)(functions|cli|knative)/',
              message: `${why} the application shares rules with the functions by shared/domain, and knows the rest by the API.`,
            },
          ],
        },
      ],
    },
  },
  layer(['shared/mapping/**/*.ts'], ['domain', 'stac', 'raster', 'features', 'model', 'storage', 'mapping']),
);
