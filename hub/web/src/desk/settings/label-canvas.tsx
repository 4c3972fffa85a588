// A label as it would be printed, with a frame around each element that can be chosen, dragged, sized and moved by keys.

import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { useWords } from '../app';
import { type LabelElement, type LabelPreview, type LabelTemplate, movedBy, sizedBy } from './label-model';
import { words } from './label-words';

/** How far an arrow key moves, in millimetres; and with Shift. */
const STEP = 0.5;
const LEAP = 5;

interface Drag {
  at: number;
  sizing: boolean;
  from: { x: number; y: number };
  of: LabelElement;
}

export function LabelCanvas({
  of,
  shown,
  chosen,
  named,
  onChoose,
  onChange,
  onCancel,
  onRemove,
}: {
  of: LabelTemplate;
  shown: LabelPreview | undefined;
  chosen: number | null;
  named: (at: number) => string;
  onChoose: (at: number | null) => void;
  /** `done`: the hand was lifted. */
  onChange: (at: number, element: LabelElement, done: boolean) => void;
  /** A drag ended as if it had never begun. */
  onCancel: () => void;
  onRemove: (at: number) => void;
}) {
  const w = useWords(words);
  const board = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<Drag | null>(null);
  const elements = of.element ?? [];
  /** Millimetres of a pixel on the screen. */
  const scale = () => of.width / (board.current?.getBoundingClientRect().width || 1);
  const dragged = (event: PointerEvent, { sizing, from, of: was }: Drag) => {
    const [dx, dy] = [(event.clientX - from.x) * scale(), (event.clientY - from.y) * scale()];
    return sizing ? sizedBy(was, dx, dy, of) : movedBy(was, dx, dy, of);
  };
  const begin = (event: PointerEvent, at: number, sizing: boolean) => {
    const element = elements[at];
    if (!element || event.button !== 0) return;
    event.stopPropagation();
    event.currentTarget.setPointerCapture(event.pointerId);
    onChoose(at);
    setDrag({ at, sizing, from: { x: event.clientX, y: event.clientY }, of: element });
  };
  const move = (event: PointerEvent) => drag && onChange(drag.at, dragged(event, drag), false);
  const end = (event: PointerEvent) => {
    if (drag && (event.clientX !== drag.from.x || event.clientY !== drag.from.y)) onChange(drag.at, dragged(event, drag), true);
    else onCancel();
    setDrag(null);
  };
  const cancel = () => {
    onCancel();
    setDrag(null);
  };
  const key = (event: KeyboardEvent, at: number) => {
    const element = elements[at];
    const ways: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[event.key];
    if (element && way) {
      event.preventDefault();
      const far = event.shiftKey ? LEAP : STEP;
      onChange(at, movedBy(element, way[0] * far, way[1] * far, of), true);
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault();
      onRemove(at);
    }
  };
  const part = (mm: number, whole: number) => `${(mm / whole) * 100}%`;
  return (
    <div className="label-board" ref={board} style={{ aspectRatio: `${of.width} / ${of.height}` }} onPointerDown={() => onChoose(null)}>
      {shown?.png ? (
        <img src={`data:image/png;base64,${shown.png}`} alt={of.title} draggable={false} />
      ) : (
        <p>{shown ? w.notDrawn : w.drawing}</p>
      )}
      {elements.map((element, at) => {
        const found = shown?.findings.find(one => one.element === at);
        return (
          <button
            type="button"
            key={at}
            className={`label-box${at === chosen ? ' chosen' : ''}${found ? ` ${found.severity}` : ''}`}
            style={{
              left: part(element.x, of.width),
              top: part(element.y, of.height),
              width: part(element.width, of.width),
              height: part(element.height, of.height),
            }}
            aria-label={named(at)}
            aria-pressed={at === chosen}
            onFocus={() => onChoose(at)}
            onPointerDown={event => begin(event, at, false)}
            onPointerMove={move}
            onPointerUp={end}
            onPointerCancel={cancel}
            onKeyDown={event => key(event, at)}
          >
            {at === chosen ? (
              <span
                className="label-corner"
                onPointerDown={event => begin(event, at, true)}
                onPointerMove={move}
                onPointerUp={end}
                onPointerCancel={cancel}
              />
            ) : null}
          </button>
        );
      })}
    </div>
  );
}
