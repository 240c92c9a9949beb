import { readFileSync } from 'node:fs';

/**
 * The most memory that this process has had, bytes. Linux tells it in /proc; what `getrusage` says there is at least
 * what the parent had when it started this process.
 */
export function peakMemoryBytes(): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(ownStatus())?.[1];
  return 1024 * (kilobytes ? Number(kilobytes) : process.resourceUsage().maxRSS);
}

function ownStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch {
    return '';
  }
}
