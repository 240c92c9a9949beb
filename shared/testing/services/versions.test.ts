import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { versions } from '../../../services/versions.ts';
import { readPlatformSettings } from '#shared/config/platform-settings.ts';

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');

interface Compose {
  services: Record<string, { image: string; ports: string[]; build?: { dockerfile_inline: string } }>;
}

test('the compose file and the list of jars name the versions that are tested', () => {
  const { services } = parse(read('compose.yaml')) as Compose;
  expect(services.postgresql.image).toBe(`postgis/postgis:${versions.postgresql}-${versions.postgis}`);
  expect(services.minio.image).toBe(`geocrop/minio:${versions.minio}`);
  expect(services.minio.build!.dockerfile_inline).toContain(`go install github.com/minio/minio@${versions.minio}\n`);
  expect(services.elasticmq.image).toBe(`softwaremill/elasticmq:${versions.elasticmq}`);
  expect(read('services/elasticmq/pom.xml')).toMatch(
    new RegExp(`<artifactId>elasticmq-server_3</artifactId>\\s*<version>${versions.elasticmq}</version>`),
  );
});

test('the ports of the compose file are of this machine alone, and those that its environment names', () => {
  const { services } = parse(read('compose.yaml')) as Compose;
  const ports = Object.values(services).flatMap((service) => service.ports);
  expect(ports).toHaveLength(3);
  const variables = read('services/compose.env').trim().split('\n');
  const env = Object.fromEntries(
    variables.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const { databaseUrl, objects, sqs } = readPlatformSettings(env);
  const named = [databaseUrl!, objects!.endpoint, sqs!.endpoint].map((address) => new URL(address).host);
  expect(ports.map((port) => port.split(':').slice(0, 2).join(':'))).toEqual(named);
});
