// The worker that finds codes in a picture, with zxing-cpp compiled to WebAssembly. A look takes longer than a touch may wait, so it is done beside the
// page. Its files are our own, downloaded when a camera is first opened or before, and kept by the service worker.

import { prepareZXingModule, type ReaderOptions, readBarcodes } from 'zxing-wasm/reader';
import file from 'zxing-wasm/reader/zxing_reader.wasm?url';
import { away } from './aim';
import type { Code } from './choice';

/** A picture in RGBA, row by row. */
export interface Look {
  pixels: ArrayBuffer;
  width: number;
  height: number;
}

export type Found = { is: 'ready' } | { is: 'codes'; codes: Code[] } | { is: 'failed'; why: string };

const OPTIONS: ReaderOptions = {
  formats: ['Code128', 'Code39', 'DataMatrix', 'EAN13', 'EAN8', 'ITF', 'QRCode', 'UPCA', 'UPCE'],
  // Separators as they are, no brackets: what a scanner would type.
  textMode: 'Plain',
  tryInvert: false,
  maxNumberOfSymbols: 8,
};

const tell = (found: Found) => postMessage(found);
const failed = (why: unknown) => tell({ is: 'failed', why: String(why) });

addEventListener('message', ({ data: { pixels, width, height } }: MessageEvent<Look>) => {
  const picture = new ImageData(new Uint8ClampedArray(pixels), width, height);
  readBarcodes(picture, OPTIONS).then(found => {
    const codes = found.map(({ text, position: p }) => ({
      text,
      away: away([p.topLeft, p.topRight, p.bottomRight, p.bottomLeft], { width, height }),
    }));
    tell({ is: 'codes', codes });
  }, failed);
});

prepareZXingModule({ overrides: { locateFile: () => file }, fireImmediately: true }).then(() => tell({ is: 'ready' }), failed);
