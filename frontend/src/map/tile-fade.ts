const fadeMs = 400;

interface Fade {
  context: CanvasRenderingContext2D;
  before: ImageBitmap | null;
  after: ImageBitmap | null;
  start: number;
}

const wantsNoMotion = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

function paint({ context, before, after }: Fade, share: number): void {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  context.globalAlpha = 1;
  if (before && share < 1) context.drawImage(before, 0, 0, width, height);
  context.globalAlpha = share;
  if (after) context.drawImage(after, 0, 0, width, height);
}

/**
 * Lets a new picture of a tile appear over the one before: the tile is a canvas that is painted until the new picture
 * covers it, so that what has not changed never blinks.
 */
export function createTileFade(repaint: () => void) {
  const fades = new Set<Fade>();
  let frame = 0;
  const step = (now: number) => {
    for (const fade of fades) {
      const share = Math.min(1, Math.max(0, (now - fade.start) / fadeMs));
      paint(fade, share);
      if (share === 1) fades.delete(fade);
    }
    repaint();
    frame = fades.size > 0 ? requestAnimationFrame(step) : 0;
  };
  return {
    /** A canvas that goes from one picture to the other; the new one at once for who wants no motion. */
    start(before: ImageBitmap | null, after: ImageBitmap | null): HTMLCanvasElement | ImageBitmap | null {
      const size = after ?? before;
      if (!size || wantsNoMotion()) return after;
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [size.width, size.height];
      const fade = { context: canvas.getContext('2d')!, before, after, start: performance.now() };
      paint(fade, 0);
      fades.add(fade);
      frame ||= requestAnimationFrame(step);
      return canvas;
    },
    dispose: () => cancelAnimationFrame(frame),
  };
}
