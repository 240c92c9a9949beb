/** A colour of the map. */
export const Swatch = ({ color }: { color: string }) => (
  <span className="swatch" aria-hidden="true" style={{ backgroundColor: color }} />
);
