import { z } from 'zod';
import { refused } from './refused.ts';

const port = z.union([z.number().int().min(0).max(65_535), z.string().min(1)]).optional();
const seconds = (least: number) => z.number().int().min(least).max(3600).optional();

const httpGet = z.object({
  path: z.string().startsWith('/').default('/'),
  port,
  host: refused('cannot be honoured: a probe asks its own process'),
  scheme: z.literal('HTTP', { error: 'must be HTTP: functions speak plain HTTP behind the gateway' }).default('HTTP'),
  httpHeaders: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
});

/** A probe as Kubernetes writes it; `periodSeconds: 0` is Knative's way to ask as often as it can while starting. */
export const probeSchema = z
  .object({
    httpGet: httpGet.optional(),
    tcpSocket: z.object({ port }).optional(),
    exec: z.object({ command: z.array(z.string()).min(1) }).optional(),
    grpc: refused('cannot be honoured: use httpGet, tcpSocket or exec'),
    initialDelaySeconds: seconds(0),
    periodSeconds: seconds(0),
    timeoutSeconds: seconds(1),
    successThreshold: seconds(1),
    failureThreshold: seconds(1),
  })
  .refine((probe) => [probe.httpGet, probe.tcpSocket, probe.exec].filter(Boolean).length <= 1, {
    error: 'has several handlers; a probe has one of httpGet, tcpSocket and exec',
  });

export type ProbeManifest = z.infer<typeof probeSchema>;
