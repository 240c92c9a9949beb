import { Label, Slider, SliderOutput, SliderThumb, SliderTrack } from 'react-aria-components';

/** A part of a whole, 0 to 1. */
export function Range({ label, value, onChange }: { label: string; value: number; onChange: (value: number) => void }) {
  return (
    <Slider
      className="range"
      value={value}
      minValue={0}
      maxValue={1}
      step={0.05}
      formatOptions={{ style: 'percent' }}
      onChange={(next) => onChange(Array.isArray(next) ? next[0] : next)}
    >
      <Label>{label}</Label>
      <SliderOutput />
      <SliderTrack className="range-track">
        <span className="range-fill" style={{ width: `${value * 100}%` }} />
        <SliderThumb className="range-thumb" />
      </SliderTrack>
    </Slider>
  );
}
