// What the phone itself tells: pictures made small, the place.

import { blobOf } from '../shared/pad';
import type { Place } from './model';

/** Longest side of a kept photo: enough to see a scratch, small enough for a weak signal. */
const LONGEST = 1600;
const QUALITY = 0.8;
const PLACE_MS = 15_000;

/** A photo as a small JPEG, upright. */
export async function shrunk(file: Blob): Promise<Blob> {
  const href = URL.createObjectURL(file);
  try {
    const image = new Image();
    await new Promise((resolve, reject) => {
      [image.onload, image.onerror] = [resolve, reject];
      image.src = href;
    });
    const part = Math.min(1, LONGEST / Math.max(image.naturalWidth, image.naturalHeight));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(image.naturalWidth * part));
    canvas.height = Math.max(1, Math.round(image.naturalHeight * part));
    const pen = canvas.getContext('2d');
    if (!pen) throw new Error('no canvas');
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await blobOf(canvas, 'image/jpeg', QUALITY);
  } finally {
    URL.revokeObjectURL(href);
  }
}

export interface Here {
  place: Place;
  accuracy_m: number;
}

/** Where the phone is; nothing when it may not or cannot tell. */
export function here(): Promise<Here | undefined> {
  const where = navigator.geolocation;
  if (!where) return Promise.resolve(undefined);
  return new Promise(resolve => {
    where.getCurrentPosition(
      ({ coords }) =>
        resolve({
          place: { latitude_e7: Math.round(coords.latitude * 1e7), longitude_e7: Math.round(coords.longitude * 1e7), datum: 'wgs84' },
          accuracy_m: Math.min(1_000_000, Math.round(coords.accuracy)),
        }),
      () => resolve(undefined),
      { enableHighAccuracy: true, timeout: PLACE_MS, maximumAge: 60_000 },
    );
  });
}
