/** Rows of one width, one after the other, sorted by the tag that each begins with. Every tag stands once. */
export interface Rows {
  readonly width: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const TAG = 8;

/** The place of the first row whose tag is not below `tag`. */
export function firstFrom(rows: Rows, tag: Uint8Array): number {
  let [low, high] = [0, count(rows)];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(tagAt(rows, middle), tag) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The rows whose tag is not among those of `left`, which may be of another width. */
export function without(rows: Rows, left: Rows): Rows {
  const kept: Uint8Array[] = [];
  let from = 0;
  for (let i = 0; i < count(left); i++) {
    const tag = tagAt(left, i);
    const place = firstFrom(rows, tag);
    if (!stands(rows, place, tag)) continue;
    kept.push(slice(rows, from, place));
    from = place + 1;
  }
  return kept.length === 0 ? rows : joined(rows.width, [...kept, slice(rows, from, count(rows))]);
}

/** All rows of both, of one width; a row of `newer` replaces the one with its tag. */
export function merged(rows: Rows, newer: Rows): Rows {
  if (newer.bytes.length === 0) return rows;
  const parts: Uint8Array[] = [];
  let from = 0;
  for (let i = 0; i < count(newer); i++) {
    const tag = tagAt(newer, i);
    const place = firstFrom(rows, tag);
    parts.push(slice(rows, from, place), slice(newer, i, i + 1));
    from = stands(rows, place, tag) ? place + 1 : place;
  }
  return joined(rows.width, [...parts, slice(rows, from, count(rows))]);
}

function count({ width, bytes }: Rows): number {
  return bytes.length / width;
}

function slice({ width, bytes }: Rows, from: number, to: number): Uint8Array {
  return bytes.subarray(from * width, to * width);
}

function tagAt({ width, bytes }: Rows, place: number): Uint8Array {
  return bytes.subarray(place * width, place * width + TAG);
}

function stands(rows: Rows, place: number, tag: Uint8Array): boolean {
  return place < count(rows) && compare(tagAt(rows, place), tag) === 0;
}

function compare(one: Uint8Array, other: Uint8Array): number {
  for (let i = 0; i < TAG; i++) {
    const difference = (one[i] ?? 0) - (other[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function joined(width: number, parts: readonly Uint8Array[]): Rows {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { width, bytes };
}
