// A camera for the browser tests: Chromium plays a film in its place, made of pictures of labels as they lie before a hand that shakes.

import { readFileSync, writeFileSync } from 'node:fs';

const [WIDTH, HEIGHT, PER_SECOND] = [1280, 720, 5];

/** What Chromium is started with, to have `file` for its camera. */
export const filmed = file => [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  `--use-file-for-fake-video-capture=${file}`,
];

/** The brightness of a few frames with a picture in them, or of a wall of cardboard. */
const frames = (page, picture) =>
  page.evaluate(
    async ([picture, width, height]) => {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [width, height];
      const pen = canvas.getContext('2d', { willReadFrequently: true });
      const label = new Image();
      if (picture) {
        label.src = `data:image/png;base64,${picture}`;
        await label.decode();
      }
      const drawn = [];
      for (const [turned, x, y] of [
        [0.06, 8, -4],
        [0.08, -5, 6],
        [0.05, 3, 9],
      ]) {
        const shade = pen.createLinearGradient(0, 0, width, height);
        shade.addColorStop(0, '#b08d5f');
        shade.addColorStop(1, '#6d5436');
        pen.setTransform(1, 0, 0, 1, 0, 0);
        pen.fillStyle = shade;
        pen.fillRect(0, 0, width, height);
        pen.setTransform(1, 0, 0, 1, width / 2 + x, height / 2 + y);
        pen.rotate(turned);
        pen.filter = 'blur(0.8px)';
        if (picture) pen.drawImage(label, -280, -175, 560, (560 * label.height) / label.width);
        pen.filter = 'none';
        const { data } = pen.getImageData(0, 0, width, height);
        let text = '';
        for (let at = 0; at < data.length; at += 4)
          text += String.fromCharCode(Math.round(0.3 * data[at] + 0.59 * data[at + 1] + 0.11 * data[at + 2]));
        drawn.push(btoa(text));
      }
      return drawn;
    },
    [picture && readFileSync(picture).toString('base64'), WIDTH, HEIGHT],
  );

/** Writes a film that is played again and again: scenes of so many seconds with a picture, or with nothing. */
export async function film(browser, file, scenes) {
  const page = await browser.newPage();
  const grey = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  const parts = [Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${PER_SECOND}:1 Ip A1:1\n`)];
  for (const [seconds, picture] of scenes) {
    const some = (await frames(page, picture)).map(text => Buffer.from(text, 'base64'));
    for (let n = 0; n < seconds * PER_SECOND; n += 1) parts.push(Buffer.from('FRAME\n'), some[n % some.length], grey);
  }
  writeFileSync(file, Buffer.concat(parts));
  await page.close();
}
