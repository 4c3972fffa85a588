// What finds codes in a picture: the browser itself where it can, else a worker of our own. Browsers on iPhones cannot, and those of phones without
// Google's services say that they can and then know no format.

import { away, type Size } from './aim';
import type { Code } from './choice';
import type { Found, Look } from './decoder';

/** A picture to be looked at: a canvas that is drawn upon again and again. */
export interface Picture {
  canvas: HTMLCanvasElement;
  pen: CanvasRenderingContext2D;
  size: Size;
}

export interface Reader {
  /** The codes in a picture. One picture at a time. Fails when the reader is of no use any more. */
  read(picture: Picture): Promise<Code[]>;
  end(): void;
}

/** The formats of labels on cartons, as browsers call them; `decoder.ts` has the same by its own names. */
const FORMATS = ['code_128', 'code_39', 'data_matrix', 'ean_13', 'ean_8', 'itf', 'qr_code', 'upc_a', 'upc_e'];
/** What GS1 begins with in some readers' texts, and a scanner never sends first. */
const GS = String.fromCharCode(29);

interface Detected {
  rawValue: string;
  cornerPoints: { x: number; y: number }[];
}
interface Detector {
  detect(source: HTMLCanvasElement): Promise<Detected[]>;
}
interface DetectorOf {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
}

/** The browser's own, when it knows every format. */
async function own(): Promise<Reader | undefined> {
  const Own = (globalThis as { BarcodeDetector?: DetectorOf }).BarcodeDetector;
  const known = (await Own?.getSupportedFormats().catch(() => [])) ?? [];
  if (!Own || !FORMATS.every(format => known.includes(format))) return undefined;
  const detector = new Own({ formats: FORMATS });
  return {
    async read({ canvas, size }) {
      const found = await detector.detect(canvas);
      return found.map(({ rawValue, cornerPoints }) => ({
        text: rawValue.startsWith(GS) ? rawValue.slice(1) : rawValue,
        away: away(cornerPoints, size),
      }));
    },
    end() {},
  };
}

/** The worker, when it has its reader. */
function worker(): Promise<Reader> {
  const thread = new Worker(new URL('./decoder.ts', import.meta.url));
  return new Promise((resolve, reject) => {
    let answer: (codes: Code[]) => void = () => undefined;
    let refuse: (why: Error) => void = reject;
    const reader: Reader = {
      read: ({ pen, size }) =>
        new Promise((done, failed) => {
          [answer, refuse] = [done, failed];
          // The pixels go over, they are not copied; there is never more than one picture under way.
          const pixels = pen.getImageData(0, 0, size.width, size.height).data.buffer;
          const look: Look = { pixels, ...size };
          thread.postMessage(look, [pixels]);
        }),
      end: () => thread.terminate(),
    };
    thread.onmessage = ({ data }: MessageEvent<Found>) => {
      if (data.is === 'ready') resolve(reader);
      else if (data.is === 'codes') answer(data.codes);
      else refuse(new Error(data.why));
    };
    thread.onerror = event => refuse(new Error(event.message));
  }).catch(why => {
    thread.terminate();
    throw why;
  }) as Promise<Reader>;
}

/** The reader of this phone. Fails when there is none, because it was never downloaded or the browser is too old. */
export async function openReader(): Promise<Reader> {
  let now = await own();
  if (!now) return worker();
  let isOwn = true;
  return {
    async read(picture) {
      try {
        return await (now as Reader).read(picture);
      } catch (why) {
        // Its service went away under it: ours goes on.
        if (!isOwn) throw why;
        isOwn = false;
        now = await worker();
        return now.read(picture);
      }
    },
    end: () => now?.end(),
  };
}
