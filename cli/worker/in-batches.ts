/** Posts what is said at one time as one message: each message wakes a thread, which takes longer than to write it. */
export function inBatches<T>(post: (messages: T[]) => void, later: (flush: () => void) => void): (message: T) => void {
  let waiting: T[] = [];
  return (message) => {
    waiting.push(message);
    if (waiting.length > 1) return;
    later(() => {
      const messages = waiting;
      waiting = [];
      post(messages);
    });
  };
}
