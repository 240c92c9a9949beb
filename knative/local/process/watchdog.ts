import { spawn, type ChildProcess } from 'node:child_process';

/**
 * Reads `+ PID` and `- PID`; when its input ends, which the system does however the runtime ends, it asks the groups
 * that are left to stop and ends them 5 s later. A shell, for it costs one megabyte.
 */
const script = `
trap '' INT TERM HUP
left=' '
while read -r what pid; do
  case $what in
    +) left="$left$pid " ;;
    -) next=' '
       for p in $left; do [ "$p" = "$pid" ] || next="$next$p "; done
       left=$next ;;
  esac
done
[ "$left" = ' ' ] && exit 0
for p in $left; do kill -TERM "-$p" 2>/dev/null; done
sleep 5
for p in $left; do kill -KILL "-$p" 2>/dev/null; done
`;

/** Ends the processes of a runtime that was killed itself. */
export interface Watchdog {
  add(pid: number): void;
  remove(pid: number): void;
  close(): void;
}

/** Starts the watchdog; one that dies is replaced. */
export function startWatchdog(warn: (line: string) => void): Watchdog {
  const pids = new Set<number>();
  let closed = false;
  let shell = start();

  function start(): ChildProcess {
    const child = spawn('/bin/sh', ['-c', script], {
      cwd: '/',
      env: {},
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.stdin?.on('error', () => undefined);
    child.on('error', (error) => warn(`the watchdog could not be started: ${error.message}`));
    child.on('exit', replace);
    child.unref();
    for (const pid of pids) child.stdin?.write(`+ ${pid}\n`);
    return child;
  }

  function replace(): void {
    if (!closed) shell = start();
  }

  return {
    add: (pid) => {
      pids.add(pid);
      shell.stdin?.write(`+ ${pid}\n`);
    },
    remove: (pid) => {
      if (pids.delete(pid)) shell.stdin?.write(`- ${pid}\n`);
    },
    close: () => {
      closed = true;
      shell.stdin?.end();
    },
  };
}
