import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { temporaryFolder } from './temporary-folder.ts';

type Json = Record<string, unknown>;

const httpGet = (path: string) => ({ httpGet: { path } });

/** A Knative Service for one of the test functions; `container` and `spec` are merged over a plain one. */
export function serviceManifest(
  name: string,
  {
    annotations = {},
    container = {},
    spec = {},
    paths = `/${name}`,
  }: { annotations?: Json; container?: Json; spec?: Json; paths?: string },
): Json {
  const scaling = Object.entries({ 'max-scale': '1', ...annotations });
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name, annotations: { 'geocrop/paths': paths } },
    spec: {
      template: {
        metadata: {
          annotations: Object.fromEntries(scaling.map(([key, value]) => [`autoscaling.knative.dev/${key}`, value])),
        },
        spec: {
          containers: [
            {
              image: `geocrop/${name}:1`,
              readinessProbe: { ...httpGet('/health/readiness'), periodSeconds: 0 },
              ...container,
            },
          ],
          ...spec,
        },
      },
    },
  };
}

/** A Deployment and the ScaledObject on it, for the queue `<name>-queue`. */
export function consumerManifests(
  name: string,
  scaled: Json,
  container: Json = {},
  pod: Json = {},
  trigger: Json = {},
): Json[] {
  const metadata = { queueURL: `http://queue.local:9324/000000000000/${name}-queue`, queueLength: '1', ...trigger };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        selector: { matchLabels: { app: name } },
        template: {
          spec: {
            ...pod,
            containers: [{ image: `geocrop/${name}:1`, readinessProbe: { exec: { command: ['true'] } }, ...container }],
          },
        },
      },
    },
    {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name },
      spec: {
        scaleTargetRef: { name },
        pollingInterval: 1,
        ...scaled,
        triggers: [{ type: 'aws-sqs-queue', metadata }],
      },
    },
  ];
}

/** Writes objects as the manifests of a new folder. */
export async function manifestFolder(objects: Json[]): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'all.yaml'), objects.map((object) => stringify(object)).join('---\n'));
  return folder;
}
