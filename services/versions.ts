/** The servers that the platform is tested with, each pinned; compose.yaml and elasticmq/pom.xml name the same. */
export const versions = {
  versitygw: 'v1.8.0',
  minio: 'v0.0.0-20260212201848-7aac2a2c5b7c',
  elasticmq: '1.7.1',
  postgresql: '15',
  postgis: '3.3',
  /** What `npm run chaos` breaks them with; schemathesis/requirements.txt names its version as well. */
  toxiproxy: 'v2.5.0',
  schemathesis: '4.32.5',
} as const;
