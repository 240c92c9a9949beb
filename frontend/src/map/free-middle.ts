import type View from 'ol/View.js';

/** How far the free part of the map is from its edges: top, right, bottom, left. */
function coveredOf(target: HTMLElement, free: HTMLElement): number[] {
  const [whole, part] = [target.getBoundingClientRect(), free.getBoundingClientRect()];
  return [part.top - whole.top, whole.right - part.right, whole.bottom - part.bottom, part.left - whole.left];
}

/** Makes the middle of the free part the middle of the map, to the keys and to the zoom, whatever comes to lie upon it. */
export function createFreeMiddle(view: View, target: HTMLElement, free: HTMLElement) {
  let frame = 0;
  const keep = () => {
    const covered = coveredOf(target, free);
    if (view.padding?.join() !== covered.join()) view.padding = covered;
  };
  /** What is set on the way would end the way: the map stays where it is. */
  const keepOnceThere = () => {
    cancelAnimationFrame(frame);
    if (view.getAnimating()) frame = requestAnimationFrame(keepOnceThere);
    else keep();
  };
  const observer = new ResizeObserver(keepOnceThere);
  observer.observe(free);
  return {
    keep,
    dispose() {
      cancelAnimationFrame(frame);
      observer.disconnect();
    },
  };
}
