// Filters that read as a sentence: 「显示全部类型、进行中的任务」. The words come from the dictionary with the choices' places in braces.

import { Select } from 'antd';
import { Fragment, type ReactNode } from 'react';

/** `Show {kind} tasks that are {state}` with what stands for each brace. */
export function Sentence({ text, parts }: { text: string; parts: Record<string, ReactNode> }) {
  return (
    <p className="sentence">
      {text.split(/(\{\w+\})/).map(piece => {
        const name = /^\{(\w+)\}$/.exec(piece)?.[1];
        return <Fragment key={piece}>{name ? parts[name] : piece}</Fragment>;
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
