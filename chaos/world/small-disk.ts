import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';

/** A disk of any size at a folder, seen by the processes that are started within it. */
export interface SmallDisk {
  /** What the command line of a process in there begins with. */
  prefix: readonly string[];
  /** Where the folder is for a process outside. */
  outside: string;
  /** Leaves this much space beside what is taken, bytes. */
  leave(bytes: number): Promise<void>;
  close(): Promise<void>;
}

/** Makes it in a mount namespace of its own, which needs root or a user namespace. */
export async function openSmallDisk(folder: string): Promise<SmallDisk> {
  mkdirSync(folder, { recursive: true });
  const holder = spawn('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs -o size=1g tmpfs "$0" && echo ready && exec cat', folder], { stdio: ['pipe', 'pipe', 'inherit'] }); // prettier-ignore
  const ended = once(holder, 'exit');
  const isReady = await Promise.race([once(holder.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!isReady) throw new Error('no disk can be made: let `unshare -m mount -t tmpfs` work here');
  const prefix = ['nsenter', '-t', String(holder.pid), '-m'];
  const outside = `/proc/${holder.pid}/root${folder}`;
  return {
    prefix,
    outside,
    async leave(bytes) {
      const { blocks, bfree, bsize } = await statfs(outside);
      const size = (blocks - bfree) * bsize + bytes;
      const [command, ...args] = [...prefix, 'mount', '-o', `remount,size=${size}`, folder];
      const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`the disk cannot be given another size: ${stderr}`);
    },
    async close() {
      holder.stdin.end();
      await ended;
    },
  };
}
