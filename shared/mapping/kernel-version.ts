/** Raised whenever any stage changes a byte of a result; the golden-bytes test says when. */
export const kernelVersion = 2;
