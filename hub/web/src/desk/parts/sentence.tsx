// Filters that read as a sentence: 「显示全部类型、进行中的任务」. The words come from the dictionary with the choices' places in braces.

import { Select } from 'antd';
import { Fragment, type ReactNode } from 'react';

const nameOf = (piece: string | undefined): string | undefined => /^\{(\w+)\}$/.exec(piece ?? '')?.[1];

/** What ends a clause. */
const MARKS = /^[，、；。,;.]/;

/** The pieces of a sentence: texts, and the names of choices in braces. A clause whose choice the reader does not have goes with its comma. */
export function piecesOf(text: string, has: (name: string) => boolean): string[] {
  const pieces = text.split(/(\{\w+\})/);
  const isGone = (piece: string | undefined) => {
    const name = nameOf(piece);
    return name !== undefined && !has(name);
  };
  return pieces.filter((piece, at) => !isGone(piece) && !(/^[，、,]\s*$/.test(piece) && isGone(pieces[at + 1])));
}

/** `Show {kind} tasks that are {state}` with what stands for each brace. */
export function Sentence({ text, parts }: { text: string; parts: Record<string, ReactNode> }) {
  const pieces = piecesOf(text, name => name in parts);
  return (
    <p className="sentence">
      {pieces.map((piece, at) => {
        const name = nameOf(piece);
        // A comma stays with the choice before it: no line begins with one.
        const mark = name ? MARKS.exec(pieces[at + 1] ?? '')?.[0] : undefined;
        if (mark) {
          return (
            <span key={`${at} ${piece}`} className="nowrap">
              {parts[name as string]}
              {mark}
            </span>
          );
        }
        const said = at > 0 && nameOf(pieces[at - 1]) ? piece.replace(MARKS, '') : piece;
        return <Fragment key={`${at} ${piece}`}>{name ? parts[name] : said}</Fragment>;
      })}
    </p>
  );
}

/** One choice within a sentence. The first option, without a value, is the one that leaves everything in. */
export function Choice({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string;
  options: { value: string; label: string }[];
  onChange: (value: string) => void;
}) {
  return (
    <Select
      className={`choice${value ? ' choice-set' : ''}`}
      variant="borderless"
      popupMatchSelectWidth={false}
      aria-label={label}
      value={value}
      onChange={onChange}
      options={options.some(o => o.value === value) ? options : [...options, { value, label: value }]}
      showSearch={options.length > 12 ? { optionFilterProp: 'label' } : false}
    />
  );
}
