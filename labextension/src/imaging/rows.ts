/** The lines of the list, and which of them are seen: pure, so that ten thousand studies cost what a screen of them does. */

import type { Series, Study } from './records';
import type { Opened } from './results';

export type Row =
  | { kind: 'study'; key: string; study: Study; height: number; top: number; open: boolean }
  | { kind: 'series'; key: string; study: Study; series: Series; height: number; top: number; place: number; of: number }
  | { kind: 'note'; key: string; study: Study; error: unknown; height: number; top: number };

export const STUDY_HEIGHT = 50;
export const SERIES_HEIGHT = 72;
const NOTE_HEIGHT = 48;
const AROUND = 8;

type Line =
  | { kind: 'study'; study: Study; open: boolean }
  | { kind: 'series'; study: Study; series: Series; place: number; of: number }
  | { kind: 'note'; study: Study; error: unknown };

function* lines(study: Study, opened: Opened | undefined): Iterable<Line> {
  yield { kind: 'study', study, open: opened !== undefined };
  if (opened === undefined) {
    return;
  }
  if (opened === 'asking' || 'error' in opened) {
    yield { kind: 'note', study, error: opened === 'asking' ? null : opened.error };
    return;
  }
  const { series } = opened;
  for (const [index, each] of series.entries()) {
    yield { kind: 'series', study, series: each, place: index + 1, of: series.length };
  }
}

const HEIGHTS = { study: STUDY_HEIGHT, series: SERIES_HEIGHT, note: NOTE_HEIGHT };

function keyOf(line: Line): string {
  return line.kind === 'series' ? `${line.study.uid}/${line.series.uid}` : line.kind === 'note' ? `${line.study.uid}/` : line.study.uid;
}

/** All lines, each below the one before. */
export function rowsOf(studies: Study[], open: ReadonlyMap<string, Opened>): Row[] {
  const rows: Row[] = [];
  let top = 0;
  for (const study of studies) {
    for (const line of lines(study, open.get(study.uid))) {
      const height = HEIGHTS[line.kind];
      rows.push({ ...line, key: keyOf(line), height, top } as Row);
      top += height;
    }
  }
  return rows;
}

export function heightOf(rows: Row[]): number {
  const last = rows[rows.length - 1];
  return last ? last.top + last.height : 0;
}

/** The index of the line at a height, by halving. */
export function rowAt(rows: Row[], height: number): number {
  let [low, high] = [0, rows.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (rows[middle].top <= height) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return Math.max(0, low);
}

/** The first line to draw and the one after the last, with a few more on both sides. */
export function seen(rows: Row[], from: number, height: number): [number, number] {
  const first = Math.max(0, rowAt(rows, from) - AROUND);
  return [first, Math.min(rows.length, rowAt(rows, from + height) + 1 + AROUND)];
}
