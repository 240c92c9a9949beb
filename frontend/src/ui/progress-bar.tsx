/** How much is done, 0 to 100; null where that is not known. */
export function ProgressBar({ label, percent }: { label: string; percent: number | null }) {
  return (
    <progress className="progress-bar" aria-label={label} max={100} {...(percent === null ? {} : { value: percent })} />
  );
}
