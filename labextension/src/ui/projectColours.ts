/**
 * A look for each project: a colour that colour-blind people can tell apart, and a pattern, for colour is never alone.
 *
 * The seven colours are those of Okabe and Ito (https://jfly.uni-koeln.de/color/) without black, which a dark page hides.
 * With four patterns that makes 28 looks. A project's name decides its look, so that it is the same everywhere and every
 * day; only where two on the page would look the same, the second takes the next one that is free.
 */

const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#f0e442'];
const PATTERNS = ['plain', 'stripes', 'dots', 'bars'] as const;
const LOOKS = COLOURS.length * PATTERNS.length;

export interface Look {
  colour: string;
  pattern: (typeof PATTERNS)[number];
}

/** Everybody's who is in no project: neither colour nor pattern. */
export const NO_PROJECT = 'default';

const taken = new Map<string, number>();

/** FNV-1a: short, and spreads names that differ in one letter. */
function hash(name: string): number {
  let sum = 0x811c9dc5;
  for (const letter of name) {
    sum = Math.imul(sum ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  }
  return sum >>> 0;
}

/** The looks of projects; whoever has one keeps it as long as the page is open. */
export function looksOf(projects: Iterable<string>): Map<string, Look> {
  const names = [...new Set(projects)].filter(name => name !== NO_PROJECT).sort();
  for (const name of names.filter(one => !taken.has(one))) {
    const used = new Set(taken.values());
    const wanted = hash(name) % LOOKS;
    const free = Array.from({ length: LOOKS }, (_, i) => (wanted + i) % LOOKS).find(look => !used.has(look));
    taken.set(name, free ?? wanted);
  }
  return new Map(names.map(name => [name, look(taken.get(name) ?? 0)]));
}

function look(index: number): Look {
  return { colour: COLOURS[index % COLOURS.length], pattern: PATTERNS[Math.floor(index / COLOURS.length)] };
}
