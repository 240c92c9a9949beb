const signals = ['SIGTERM', 'SIGINT'] as const;

/**
 * Calls back when this process is told to stop, by a signal or by the death of a parent that holds its channel. Returns
 * what takes the listeners away again.
 */
export function onStop(act: (reason: string) => void): () => void {
  const onSignal = (signal: NodeJS.Signals) => act(signal);
  const onDisconnect = () => act('the parent is gone');
  for (const signal of signals) process.on(signal, onSignal);
  process.on('disconnect', onDisconnect);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
    process.off('disconnect', onDisconnect);
  };
}
