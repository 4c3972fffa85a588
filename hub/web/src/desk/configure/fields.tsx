// The measures and options of a model to be given and chosen; what does not go is said at its field.

import { Input, Radio, Select } from 'antd';
import { useId } from 'react';
import { usePrefs, useWords } from '../app';
import { titled } from '../custom/model';
import { type Category, type Configuration, isNumber, type OptionModel, type Parameter, sizeOf, type Violation } from '../prices/model';
import { words } from '../prices/words';

/** So many options stand side by side; of more one chooses from a list. */
const FEW = 4;

interface Fields {
  model: OptionModel;
  value: Configuration;
  onChange: (value: Configuration) => void;
  violations: Violation[];
}

export function OptionFields({ model, value, onChange, violations }: Fields) {
  const w = useWords(words);
  const { lang } = usePrefs();
  // What is still to be given is no mistake yet.
  const wrong = violations.filter(v => !v.rule.endsWith('_needed'));
  const said = (field: string) => wrong.filter(v => v.field === field).map(v => (lang === 'en' ? v.en : v.zh));
  const parameters = model.parameters ?? [];
  const categories = model.categories ?? [];
  const give = (code: string, text: string) => onChange({ ...value, parameters: { ...value.parameters, [code]: text } });
  const choose = (code: string, option: string) => onChange({ ...value, options: { ...value.options, [code]: option } });
  const fields = new Set([...parameters.map(p => `parameters.${p.code}`), ...categories.map(c => `options.${c.code}`)]);
  const others = wrong.filter(v => !fields.has(v.field));
  return (
    <div className="configure-fields">
      {model.sizes?.length ? <Sizes model={model} value={value} onChange={onChange} /> : null}
      {parameters.map(p => (
        <ParameterField
          key={p.code}
          of={p}
          value={value.parameters[p.code] ?? ''}
          onChange={text => give(p.code, text)}
          fixed={model.kind === 'standard'}
          said={said(`parameters.${p.code}`)}
        />
      ))}
      {categories.map(c => (
        <CategoryField
          key={c.code}
          of={c}
          value={value.options[c.code] ?? ''}
          onChange={option => choose(c.code, option)}
          said={said(`options.${c.code}`)}
        />
      ))}
      {others.length ? (
        <ul className="faults" role="alert">
          {others.map(v => (
            <li key={v.field + v.rule}>{lang === 'en' ? v.en : v.zh}</li>
          ))}
        </ul>
      ) : null}
      {parameters.some(p => value.parameters[p.code] && !isNumber(value.parameters[p.code] ?? '')) ? (
        <p className="faults">{w.badMeasure}</p>
      ) : null}
    </div>
  );
}

function Sizes({ model, value, onChange }: Omit<Fields, 'violations'>) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const id = useId();
  const sizes = model.sizes ?? [];
  const now = sizeOf(sizes, value.parameters);
  return (
    <div className="field">
      <label htmlFor={id}>{w.size}</label>
      <Select
        id={id}
        className="wide"
        value={now ? sizes.indexOf(now) : -1}
        options={[
          ...sizes.map((size, at) => ({ value: at, label: titled(size, lang) })),
          ...(now ? [] : [{ value: -1, label: w.otherSize, disabled: true }]),
        ]}
        onChange={at => onChange({ ...value, parameters: { ...value.parameters, ...sizes[at]?.values } })}
      />
    </div>
  );
}

function Said({ id, of }: { id: string; of: string[] }) {
  return (
    <div id={id} role="status" className="configure-said">
      {of.map(text => (
        <span key={text}>{text}</span>
      ))}
    </div>
  );
}

function ParameterField({
  of,
  value,
  onChange,
  said,
  fixed,
}: {
  of: Parameter;
  value: string;
  onChange: (text: string) => void;
  said: string[];
  fixed: boolean;
}) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{titled(of, lang)}</label>
      <Input
        id={id}
        inputMode="decimal"
        autoComplete="off"
        value={value}
        readOnly={fixed}
        suffix={of.unit}
        status={said.length ? 'error' : undefined}
        aria-describedby={`${id}-said`}
        placeholder={w.range(of.min, of.max, of.unit ?? '').trim()}
        onChange={event => onChange(event.target.value.normalize('NFKC').trim())}
      />
      <Said id={`${id}-said`} of={said} />
    </div>
  );
}

function CategoryField({ of, value, onChange, said }: { of: Category; value: string; onChange: (option: string) => void; said: string[] }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const id = useId();
  const options = of.options.filter(o => o.active !== false || o.code === value).map(o => ({ value: o.code, label: titled(o, lang) }));
  const all = of.required === false ? [{ value: '', label: w.none }, ...options] : options;
  return (
    <fieldset className="field">
      <legend id={id}>{titled(of, lang)}</legend>
      {all.length <= FEW ? (
        <Radio.Group
          optionType="button"
          value={of.required === false ? value : value || undefined}
          options={all}
          onChange={event => onChange(event.target.value)}
          aria-labelledby={id}
        />
      ) : (
        <Select
          className="wide"
          aria-labelledby={id}
          showSearch={{ optionFilterProp: 'label' }}
          value={of.required === false ? value : value || undefined}
          options={all}
          status={said.length ? 'error' : undefined}
          onChange={onChange}
        />
      )}
      <Said id={`${id}-said`} of={said} />
    </fieldset>
  );
}
