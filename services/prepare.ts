import { readPlatformSettings } from '#shared/config/platform-settings.ts';
import { prepareServers } from './prepare-servers.ts';

// Makes the buckets and queues at the servers that the environment names, as for those of compose.yaml.
try {
  const done = await prepareServers(readPlatformSettings());
  process.stdout.write(done.length > 0 ? `${done.join('\n')}\n` : 'the environment names no server\n');
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
