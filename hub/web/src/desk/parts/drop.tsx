// Where files are dropped, chosen, or photographed on a phone.

import { Button } from 'antd';
import { type DragEvent, type ReactNode, useRef, useState } from 'react';
import { Bar } from './common';
import { Icon } from './icons';

export function Drop({
  accept,
  action,
  hint,
  several,
  small,
  onFiles,
}: {
  /** Endings and media types, as a file field takes them. */
  accept: string;
  action: string;
  hint: ReactNode;
  several?: boolean;
  small?: boolean;
  onFiles: (files: File[]) => void;
}) {
  const field = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(0);
  const isFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files');
  const take = (files: FileList | null) => {
    const all = [...(files ?? [])];
    if (all.length) onFiles(several ? all : all.slice(0, 1));
  };
  return (
    // The button and its field are what keyboard and screen reader use; the area is only a larger target for what is dragged.
    // biome-ignore lint/a11y/noStaticElementInteractions: see above
    <div
      className={`drop${over > 0 ? ' drop-over' : ''}${small ? ' drop-small' : ''}`}
      onDragEnter={event => isFiles(event) && setOver(n => n + 1)}
      onDragLeave={event => isFiles(event) && setOver(n => n - 1)}
      onDragOver={event => isFiles(event) && event.preventDefault()}
      onDrop={event => {
        event.preventDefault();
        setOver(0);
        take(event.dataTransfer.files);
      }}
    >
      {small ? null : <Icon name="upload" size={32} />}
      <Button
        type={small ? 'default' : 'primary'}
        icon={small ? <Icon name="upload" size={16} /> : undefined}
        onClick={() => field.current?.click()}
      >
        {action}
      </Button>
      <span className="quiet">{hint}</span>
      <input
        ref={field}
        type="file"
        hidden
        aria-label={action}
        accept={accept}
        multiple={several}
        onChange={event => {
          take(event.target.files);
          event.target.value = '';
        }}
      />
    </div>
  );
}

/** How much of a file is there. */
export function Part({ name, part, stop, label }: { name: string; part: number; stop?: () => void; label: string }) {
  return (
    <div className="part">
      <span className="clip">{name}</span>
      <Bar done={Math.round(part * 1000)} short={0} of={1000} label={`${label}: ${name}`} />
      <span className="number">{Math.round(part * 100)}%</span>
      {stop ? <Button size="small" type="text" aria-label={`× ${name}`} icon={<Icon name="wrong" size={14} />} onClick={stop} /> : null}
    </div>
  );
}
