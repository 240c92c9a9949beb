import { expect, test } from 'vitest';
import { findPython, run } from './python-environment.ts';

test('says what to install where there is no Python 3.11', async () => {
  await expect(findPython(['no-such-python', process.execPath])).rejects.toThrow(
    /training needs Python 3\.11, and none of no-such-python, .* is it; install it/,
  );
});

test('a program that fails or is missing rejects with its name', async () => {
  await expect(run(process.execPath, ['-e', 'process.exit(3)'])).rejects.toThrow('ended with exit code 3');
  await expect(run('no-such-program', [])).rejects.toThrow('no-such-program could not be started');
});
