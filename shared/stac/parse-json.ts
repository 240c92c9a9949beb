import { GeoCropError } from '#shared/domain/errors.ts';

/** GeoCropError `invalid-source` with the address and how the text begins, where it is not JSON. */
export function parseJson(text: string, address: string, kind = 'the answer'): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const start = JSON.stringify(text.trim().slice(0, 40));
    const message = `${address} is not JSON (${kind} begins with ${start}): is this the address of a STAC catalog?`;
    throw new GeoCropError('invalid-source', message, { cause });
  }
}
