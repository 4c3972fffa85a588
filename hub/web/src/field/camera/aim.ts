// Which part of the camera's picture is looked at: the frame that is drawn over what is shown of it. Pure.

/** The frame over the view, as parts of its width and height: wide enough for a long barcode, with ground around it to aim by. */
export const FRAME = { width: 0.88, height: 0.72 };
/** Longest side of what is looked at, pixels: two pixels a module for a code of 26 characters at arm's length, and no more work than that. */
const LONGEST = 1280;

export interface Size {
  width: number;
  height: number;
}

export interface Cut extends Size {
  x: number;
  y: number;
  /** How large it is drawn for the reader. */
  drawn: Size;
}

/** The part of a picture that lies in the frame, when the picture covers its view from edge to edge and what juts out is hidden. */
export function cut(picture: Size, view: Size): Cut {
  const scale = Math.max(view.width / picture.width, view.height / picture.height);
  const width = Math.round((view.width / scale) * FRAME.width);
  const height = Math.round((view.height / scale) * FRAME.height);
  const part = Math.min(1, LONGEST / Math.max(width, height));
  return {
    x: Math.round((picture.width - width) / 2),
    y: Math.round((picture.height - height) / 2),
    width,
    height,
    drawn: { width: Math.max(1, Math.round(width * part)), height: Math.max(1, Math.round(height * part)) },
  };
}

interface Point {
  x: number;
  y: number;
}

/** How far the middle of a code's corners is from the middle of what was looked at, in widths of it. */
export function away(corners: Point[], { width, height }: Size): number {
  const sum = corners.reduce((all, one) => ({ x: all.x + one.x, y: all.y + one.y }), { x: 0, y: 0 });
  return Math.hypot(sum.x / corners.length - width / 2, sum.y / corners.length - height / 2) / width;
}
