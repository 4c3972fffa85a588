// A field that is signed on with a finger, a pen or a mouse: the desk's order and the installer's ticket share it.

export const blobOf = (canvas: HTMLCanvasElement, type: string, quality?: number): Promise<Blob> =>
  new Promise((resolve, reject) => canvas.toBlob(blob => (blob ? resolve(blob) : reject(new Error('no picture'))), type, quality));

export interface Pad {
  clear: () => void;
  /** What was signed, as PNG. */
  picture: () => Promise<Blob>;
  /** Takes the field off its canvas. */
  end: () => void;
}

/** Makes a canvas one to sign on; `onInk` hears whether there is something on it. */
export function signOn(canvas: HTMLCanvasElement, onInk: (isInked: boolean) => void): Pad {
  const ink = canvas.getContext('2d');
  const at = (event: PointerEvent): [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
  };
  const begin = (event: PointerEvent) => {
    canvas.setPointerCapture(event.pointerId);
    if (!ink) return;
    Object.assign(ink, { lineWidth: 4, lineCap: 'round', lineJoin: 'round', strokeStyle: '#111' });
    ink.beginPath();
    ink.moveTo(...at(event));
  };
  const draw = (event: PointerEvent) => {
    if (!ink || event.buttons === 0) return;
    ink.lineTo(...at(event));
    ink.stroke();
    onInk(true);
  };
  const clear = () => {
    if (!ink) return;
    ink.fillStyle = '#fff';
    ink.fillRect(0, 0, canvas.width, canvas.height);
    onInk(false);
  };
  canvas.addEventListener('pointerdown', begin);
  canvas.addEventListener('pointermove', draw);
  clear();
  return {
    clear,
    picture: () => blobOf(canvas, 'image/png'),
    end: () => {
      canvas.removeEventListener('pointerdown', begin);
      canvas.removeEventListener('pointermove', draw);
    },
  };
}
