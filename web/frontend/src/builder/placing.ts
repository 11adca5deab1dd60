// Where a new step comes: next to another, and on none.
interface Place {
  x: number;
  y: number;
}

interface Placed extends Place {
  id: string;
}

export const WIDTH = 264;
export const HEIGHT = 160; // of a step that was not drawn yet
const APART = 32;

/** The first place from the wished one downwards where a new step lies on no other; `heights` are those drawn. */
export function free(others: readonly Placed[], wish: Place, heights: Readonly<Record<string, number>> = {}): Place {
  const beside = others.filter((one) => Math.abs(one.x - wish.x) < WIDTH + APART);
  let y = wish.y;
  for (const one of beside.sort((first, second) => first.y - second.y)) {
    const end = one.y + (heights[one.id] ?? HEIGHT) + APART;
    if (one.y < y + HEIGHT + APART && y < end) y = end;
  }
  return { x: wish.x, y };
}
