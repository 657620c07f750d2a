/**
 * A plot of hours: two bars for each name, what was booked and what was used; of the booked, what was idle is hatched.
 *
 * It is a picture of the table beside it, which has every number: screen readers are told its title alone.
 */

import * as React from 'react';

export interface Bar {
  name: string;
  booked: number;
  used: number;
  idle: number;
}

const ROW = 46;
const THICK = 15;
const NUMBERS = 70;
/** So wide (pixels) is a plot before it is measured, and so it may become: letters are never made smaller. */
const USUAL = 720;
const WIDEST = 960;
const AXIS = 22;

/** Hours as people read them. */
export function hours(value: number): string {
  const digits = value === 0 || value >= 10 ? 0 : value < 1 ? 2 : 1;
  return value > 0 && value < 0.01 ? '< 0.01' : value.toLocaleString('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A round number of hours at which an axis can end, and the steps to it. */
export function axisOf(most: number): { end: number; step: number } {
  const rough = Math.max(most, 0.1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(n => n * power).find(n => n >= rough) ?? 10 * power;
  return { end: step * Math.ceil(Math.max(most, 0.1) / step), step };
}

/** The room that names have, in letters and in pixels. */
function roomFor(width: number): { letters: number; names: number } {
  return width < 500 ? { letters: 11, names: 90 } : { letters: 20, names: 150 };
}

function useWidth(): [React.RefObject<HTMLDivElement>, number] {
  const element = React.useRef<HTMLDivElement>(null);
  const [width, setWidth] = React.useState(USUAL);
  React.useLayoutEffect(() => {
    const measured = () => setWidth(Math.min(element.current?.clientWidth || USUAL, WIDEST));
    const observer = new ResizeObserver(measured);
    measured();
    observer.observe(element.current as HTMLDivElement);
    return () => observer.disconnect();
  }, []);
  return [element, width];
}

interface RowProps {
  bar: Bar;
  y: number;
  width: number;
  scale: (hours: number) => number;
}

function Row({ bar, y, width, scale }: RowProps): JSX.Element {
  const { letters, names } = roomFor(width);
  const name = bar.name.length > letters ? `${bar.name.slice(0, letters - 1)}…` : bar.name;
  const held = Math.max(0, bar.booked - bar.idle);
  return (
    <g>
      <text className="portal-Chart-name" x={names - 10} y={y + ROW / 2} dominantBaseline="middle" textAnchor="end">
        {name}
      </text>
      <rect className="portal-Chart-booked" x={names} y={y + 6} width={scale(held)} height={THICK} />
      <rect className="portal-Chart-idle" x={names + scale(held)} y={y + 6} width={scale(bar.idle)} height={THICK} />
      <text className="portal-Chart-number" x={names + scale(held + bar.idle) + 6} y={y + 6 + THICK / 2} dominantBaseline="middle">
        {hours(bar.booked)} h
      </text>
      <rect className="portal-Chart-used" x={names} y={y + 8 + THICK} width={scale(bar.used)} height={THICK} />
      <text className="portal-Chart-number" x={names + scale(bar.used) + 6} y={y + 8 + 1.5 * THICK} dominantBaseline="middle">
        {hours(bar.used)} h
      </text>
    </g>
  );
}

function Hatching(): JSX.Element {
  return (
    <defs>
      <pattern id="portal-idle" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect className="portal-Chart-ground" width="6" height="6" />
        <rect className="portal-Chart-stripe" width="2.5" height="6" />
      </pattern>
    </defs>
  );
}

export function Chart({ title, bars }: { title: string; bars: Bar[] }): JSX.Element {
  const { end, step } = axisOf(Math.max(...bars.map(bar => Math.max(bar.booked, bar.used))));
  const [element, width] = useWidth();
  const { names } = roomFor(width);
  const scale = (value: number) => (value / end) * (width - names - NUMBERS);
  const height = bars.length * ROW;
  const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, i) => i * step);
  return (
    <div ref={element}>
      <svg className="portal-Chart" role="img" aria-label={title} width={width} height={height + AXIS}>
        <Hatching />
        {ticks.map(tick => (
          <g key={tick}>
            <line className="portal-Chart-line" x1={names + scale(tick)} x2={names + scale(tick)} y1={0} y2={height} />
            <text className="portal-Chart-tick" x={names + scale(tick)} y={height + 16} textAnchor="middle">
              {hours(tick)}
            </text>
          </g>
        ))}
        {bars.map((bar, i) => (
          <Row key={bar.name} bar={bar} y={i * ROW} width={width} scale={scale} />
        ))}
      </svg>
    </div>
  );
}

export function Legend(): JSX.Element {
  return (
    <ul className="portal-ChartLegend">
      <li>
        <i className="portal-mod-booked" /> Booked and held
      </li>
      <li>
        <i className="portal-mod-idle" /> Booked, held by no server
      </li>
      <li>
        <i className="portal-mod-used" /> Used, lent GPUs too
      </li>
    </ul>
  );
}
