// The control of a field by what it holds, for records, default values and filters alike.

import { Input, InputNumber, Select } from 'antd';
import { usePrefs } from '../app';
import { type FormField, titled } from './model';

interface Control {
  of: Pick<FormField, 'kind' | 'options' | 'max_length'>;
  /** Given by the form. */
  id?: string;
  value?: unknown;
  onChange?: (value: unknown) => void;
  label: string;
  disabled?: boolean;
}

export function Control({ of, label, value, onChange, ...field }: Control) {
  const { t, lang } = usePrefs();
  const text = (value ?? '') as string;
  const typed = (event: { target: { value: string } }) => onChange?.(event.target.value);
  // An option that is no longer to be chosen stays where it was chosen.
  const held = Array.isArray(value) ? value : [value];
  const options = (of.options ?? [])
    .filter(o => o.active !== false || held.includes(o.code))
    .map(o => ({ value: o.code, label: titled(o, lang) }));
  const choice = { ...field, className: 'wide', 'aria-label': label, onChange };
  const byLabel = { optionFilterProp: 'label' } as const;
  switch (of.kind) {
    case 'long_text':
      return <Input.TextArea {...field} value={text} onChange={typed} autoSize={{ minRows: 2, maxRows: 8 }} maxLength={of.max_length} />;
    case 'number':
      return <InputNumber {...field} className="wide" value={value as number} onChange={onChange} precision={0} />;
    case 'decimal':
    case 'money':
      return (
        <Input {...field} value={text} onChange={typed} inputMode="decimal" prefix={of.kind === 'money' ? '¥' : undefined} maxLength={24} />
      );
    case 'date':
    case 'time':
      return <Input {...field} type={of.kind} value={text} onChange={typed} />;
    case 'choice':
      return <Select {...choice} allowClear value={value as string} options={options} showSearch={options.length > 8 ? byLabel : false} />;
    case 'choices':
      return <Select {...choice} mode="multiple" value={(value ?? []) as string[]} options={options} showSearch={byLabel} />;
    case 'boolean':
      return (
        <Select
          {...choice}
          allowClear
          value={value as boolean}
          options={[
            { value: true, label: t.yes },
            { value: false, label: t.no },
          ]}
        />
      );
    default:
      return <Input {...field} value={text} onChange={typed} maxLength={of.max_length} />;
  }
}
