import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import { language } from '../../i18n/t.ts';
import { watchTheme } from '../map-theme.ts';
import type { Point, ProfileSeries, Quantity } from './profile-series.ts';

const height = 190;
const month = 30.4 * 86_400;

interface Colours {
  ink: string;
  line: string;
  accent: string;
  soft: string;
}

function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  const value = (name: string) => style.getPropertyValue(name).trim();
  return { ink: value('--ink'), line: value('--line'), accent: value('--accent'), soft: value('--ink-soft') };
}

type Column = (number | null | undefined)[];

/**
 * The points of each line on one common axis. A line goes on over moments that are not its own, but the last but one, the
 * composites, breaks where a dekad was filled in.
 */
function alignedData(lines: Point[][], breaks: number[], marks: number[], floor: number): uPlot.AlignedData {
  const times = [...new Set([...lines.flat().map(([time]) => time), ...marks])].sort((a, b) => a - b);
  const at = new Map(times.map((time, i) => [time, i]));
  const columnOf = (line: Point[], gaps: number[] = []): Column => {
    const column: Column = new Array<undefined>(times.length).fill(undefined);
    for (const time of gaps) column[at.get(time)!] = null;
    for (const [time, value] of line) column[at.get(time)!] = value;
    return column;
  };
  const columns = lines.map((line, i) => columnOf(line, i === lines.length - 2 ? breaks : []));
  return [times, ...columns, columnOf(marks.map((time) => [time, floor]))] as uPlot.AlignedData;
}

/** The runs of what was filled in, one column each, keep apart from each other. */
const linesOf = ({ composite, filled, seen }: ProfileSeries): Point[][] => [...filled, composite, seen];

function rangeOf(lines: Point[][]): [number, number] {
  const values = lines
    .flat()
    .map(([, value]) => value)
    .filter(Number.isFinite);
  if (values.length === 0) return [0, 1];
  const [low, high] = [Math.min(...values, 0), Math.max(...values)];
  const edge = (high - low || 1) * 0.12;
  return [low - edge, high + edge];
}

const monthOf = (seconds: number) =>
  new Intl.DateTimeFormat(language(), { month: 'short', timeZone: 'UTC' }).format(new Date(seconds * 1000));

function optionsOf(series: ProfileSeries, colours: Colours, width: number, range: [number, number]): uPlot.Options {
  const { ink, line, accent, soft } = colours;
  const dashed = series.filled.map((): uPlot.Series => ({
    stroke: accent,
    width: 1.5,
    dash: [4, 4],
    points: { show: false },
  }));
  const axis = { stroke: soft, font: '11px system-ui', grid: { stroke: line, width: 1 }, ticks: { show: false } };
  return {
    width,
    height,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    scales: { y: { range } },
    axes: [
      {
        ...axis,
        size: 26,
        space: 30,
        incrs: [month, 2 * month, 3 * month],
        values: (_, splits) => splits.map(monthOf),
        splits: monthSplits,
      },
      { ...axis, size: 38, space: 34 },
    ],
    series: [
      {},
      ...dashed,
      { stroke: accent, width: 2, points: { show: true, size: 5, fill: accent, stroke: accent } },
      {
        stroke: ink,
        width: 0,
        paths: () => null,
        points: { show: true, size: 5, width: 1.2, fill: 'transparent', stroke: ink },
      },
      {
        stroke: soft,
        width: 0,
        paths: () => null,
        points: { show: true, size: 6, width: 1.2, stroke: soft, fill: line },
      },
    ],
  };
}

/** The first of each month that the axis shows, of every second where they stand too close. */
function monthSplits(_: uPlot, __: number, min: number, max: number, step: number): number[] {
  const first = new Date(min * 1000);
  const every = Math.max(1, Math.round(step / month));
  const starts = Array.from(
    { length: 14 },
    (_unused, i) => Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + i * every, 1) / 1000,
  );
  return starts.filter((time) => time >= min && time <= max);
}

export interface ProfileChartProps {
  series: ProfileSeries;
  quantity: Quantity;
  label: string;
  /** Hears the moment that is pointed at. */
  onPoint: (time: number | null) => void;
}

/** The season of a pixel as a chart; the same numbers stand in the table beside it. */
export default function ProfileChart({ series, label, onPoint }: ProfileChartProps) {
  const target = useRef<HTMLDivElement>(null);
  const [theme, setTheme] = useState(0);
  useEffect(() => watchTheme(() => setTheme((count) => count + 1)), []);
  useEffect(() => {
    const element = target.current!;
    const lines = linesOf(series);
    const range = rangeOf(lines);
    const marks = series.hidden.map(({ time }) => time);
    const breaks = series.filled.flat().map(([time]) => time);
    const data = alignedData(lines, breaks, marks, range[0] + (range[1] - range[0]) * 0.035);
    const options = optionsOf(series, coloursOf(element), element.clientWidth, range);
    const chart = new uPlot(
      { ...options, hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx == null ? null : data[0][cursor.idx])] } },
      data,
      element,
    );
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [series, theme, onPoint]);
  return <div ref={target} className="profile-chart" role="img" aria-label={label} />;
}
