import { useLegend, type LegendEntry } from './use-legend.ts';
import './pixel/pixel.css';

function Ramp({ entries }: { entries: LegendEntry[] }) {
  const stops = entries.map(({ color }) => color).join(', ');
  return (
    <div>
      <div className="legend-ramp" style={{ backgroundImage: `linear-gradient(90deg, ${stops})` }} aria-hidden="true" />
      <p className="legend-ends">
        <span>{entries[0].title}</span>
        <span>{entries[entries.length - 1].title}</span>
      </p>
    </div>
  );
}

/** The legend of any tile layer, a baseline's as well; nothing where it has none. */
export function Legend({ layer, share }: { layer: string; share?: string | undefined }) {
  const { data } = useLegend(layer, share);
  if (!data || data.entries.length === 0) return null;
  if (data.type === 'confidence') return <Ramp entries={data.entries} />;
  return (
    <ul className="legend-list">
      {data.entries.map(({ value, title, color }) => (
        <li key={value}>
          <span className="swatch" aria-hidden="true" style={{ backgroundColor: color }} /> {title}
        </li>
      ))}
    </ul>
  );
}
