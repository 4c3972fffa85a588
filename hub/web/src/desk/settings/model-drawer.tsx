// One part of an option model as it is drafted: a measure, a size, a category with its options, a term, a constraint, goods.

import { Checkbox, Form, Input } from 'antd';
import type { ReactNode } from 'react';
import { useWords } from '../app';
import { Cel } from '../custom/cel';
import { words as draftWords } from '../custom/words';
import type { Category, Choice, Constraint, Formula, Parameter, PartRule, Size } from '../prices/model';
import { figures, figuresText } from '../prices/model';
import { words } from '../prices/words';
import { DefDrawer, type FaultAt } from './def-drawer';
import { KeyItem, Lines, Names } from './defs';

export type Parts = {
  parameters: Parameter;
  sizes: Size;
  categories: Category;
  terms: Formula;
  constraints: Constraint;
  parts: PartRule;
};
export type PartName = keyof Parts;

interface Drawer<P> {
  /** Nothing: a new one. */
  part?: P;
  faults: FaultAt[];
  onSave: (part: P) => Promise<FaultAt[]>;
  onClose: () => void;
}

/** Mistakes of an expression, which are said beneath it. */
const at = (faults: FaultAt[], path: (string | number)[]) =>
  faults.filter(one => JSON.stringify(one.path) === JSON.stringify(path)).map(one => one.fault);

function Expression({
  name,
  label,
  needed,
  faults,
  hint,
}: {
  name: string;
  label: string;
  needed?: boolean;
  faults: FaultAt[];
  hint?: string;
}) {
  return (
    <Form.Item name={name} label={label} extra={hint} className="whole" rules={needed ? [{ required: true, message: label }] : []}>
      <Cel label={label} known={{}} faults={at(faults, [name])} />
    </Form.Item>
  );
}

function Measure({ name, label, needed }: { name: string; label: string; needed?: boolean }) {
  const w = useWords(words);
  return (
    <Form.Item
      name={name}
      label={label}
      rules={[
        { required: needed, message: label },
        { pattern: /^-?\d{1,9}(\.\d{1,6})?$/, message: w.badMeasure },
      ]}
    >
      <Input inputMode="decimal" autoComplete="off" />
    </Form.Item>
  );
}

function Line({ name, label, max = 60 }: { name: string; label: string; max?: number }) {
  return (
    <Form.Item name={name} label={label}>
      <Input maxLength={max} autoCapitalize="off" spellCheck={false} />
    </Form.Item>
  );
}

function ParameterDrawer(of: Drawer<Parameter>) {
  const w = useWords(words);
  return (
    <DefDrawer<Parameter> title={of.part?.title ?? w.addParameter} initial={of.part ?? {}} {...of}>
      {() => (
        <div className="fields">
          <Names />
          <KeyItem name="code" label={w.code} />
          <Line name="unit" label={w.unit} max={10} />
          <Measure name="min" label={w.min} needed />
          <Measure name="max" label={w.max} needed />
          <Measure name="step" label={w.step} />
          <Measure name="default" label={w.default} />
        </div>
      )}
    </DefDrawer>
  );
}

type Written<P extends { values?: Record<string, string> }> = Omit<P, 'values'> & { values?: string };
const read = <P extends { values?: Record<string, string> }>(part: Written<P>): P =>
  ({ ...part, values: figures(part.values ?? '') }) as unknown as P;
const write = <P extends { values?: Record<string, string> }>(part: P): Written<P> => ({ ...part, values: figuresText(part.values) });

function SizeDrawer({ part, onSave, ...of }: Drawer<Size>) {
  const w = useWords(words);
  return (
    <DefDrawer<Written<Size>>
      title={part?.title ?? w.addSize}
      initial={part ? write(part) : {}}
      onSave={given => onSave(read<Size>(given))}
      {...of}
    >
      {() => (
        <div className="fields">
          <Names />
          <Form.Item name="values" label={w.sizeValues} extra={w.sizeValuesHint} rules={[{ required: true, message: w.sizeValues }]}>
            <Input autoCapitalize="off" spellCheck={false} />
          </Form.Item>
        </div>
      )}
    </DefDrawer>
  );
}

type WrittenCategory = Omit<Category, 'options'> & { options: Written<Choice>[] };

function CategoryDrawer({ part, onSave, faults, ...of }: Drawer<Category>) {
  const w = useWords(words);
  const d = useWords(draftWords);
  const initial: Partial<WrittenCategory> = part
    ? { ...part, required: part.required !== false, options: part.options.map(o => ({ active: true, ...write(o) })) }
    : { required: true, options: [] };
  return (
    <DefDrawer<WrittenCategory>
      title={part?.title ?? w.addCategory}
      initial={initial}
      faults={faults}
      onSave={given =>
        onSave({
          ...given,
          required: given.required === false ? false : undefined,
          options: (given.options ?? []).map(o => ({ ...read<Choice>(o), active: o.active === false ? false : undefined })),
        })
      }
      {...of}
    >
      {() => (
        <>
          <div className="fields">
            <Names />
            <KeyItem name="code" label={w.code} />
            <Line name="default" label={w.defaultOption} max={40} />
          </div>
          <Form.Item name="required" valuePropName="checked">
            <Checkbox>{w.required}</Checkbox>
          </Form.Item>
          <Lines name="options" label={w.options} add={w.addOption} fresh={{ active: true }}>
            {n => (
              <>
                <Form.Item name={[n, 'title']} rules={[{ required: true, message: d.optionTitle }]}>
                  <Input aria-label={d.optionTitle} placeholder={d.optionTitle} maxLength={60} />
                </Form.Item>
                <Form.Item name={[n, 'title_en']}>
                  <Input aria-label={d.optionEn} placeholder={d.optionEn} maxLength={60} />
                </Form.Item>
                <Form.Item name={[n, 'code']} rules={[{ required: true, message: d.optionCode }]}>
                  <Input aria-label={d.optionCode} placeholder={d.optionCode} maxLength={40} autoCapitalize="off" spellCheck={false} />
                </Form.Item>
                <Form.Item name={[n, 'item']}>
                  <Input aria-label={w.optionItem} placeholder={w.optionItem} maxLength={64} autoCapitalize="off" spellCheck={false} />
                </Form.Item>
                <Form.Item name={[n, 'values']}>
                  <Input aria-label={w.optionValues} placeholder={w.optionValues} autoCapitalize="off" spellCheck={false} />
                </Form.Item>
                <Form.Item name={[n, 'active']} valuePropName="checked" initialValue={true}>
                  <Checkbox>{w.active}</Checkbox>
                </Form.Item>
                <Form.Item name={[n, 'when']} label={w.optionWhen} className="whole">
                  <Cel label={w.optionWhen} known={{}} faults={at(faults, ['options', n, 'when'])} />
                </Form.Item>
              </>
            )}
          </Lines>
        </>
      )}
    </DefDrawer>
  );
}

function TermDrawer(of: Drawer<Formula>) {
  const w = useWords(words);
  return (
    <DefDrawer<Formula> title={of.part?.title ?? w.addTerm} initial={of.part ?? {}} {...of}>
      {() => (
        <div className="fields">
          <Names />
          <KeyItem name="code" label={w.code} />
          <Expression name="formula" label={w.formula} needed faults={of.faults} hint={w.formulaHint} />
          <Expression name="when" label={w.when} faults={of.faults} />
        </div>
      )}
    </DefDrawer>
  );
}

function ConstraintDrawer(of: Drawer<Constraint>) {
  const w = useWords(words);
  return (
    <DefDrawer<Constraint> title={of.part?.message ?? w.addConstraint} initial={of.part ?? {}} {...of}>
      {() => (
        <div className="fields">
          <Expression name="rule" label={w.rule} needed faults={of.faults} hint={w.formulaHint} />
          <Form.Item name="message" label={w.message} rules={[{ required: true, message: w.message }]}>
            <Input maxLength={200} />
          </Form.Item>
          <Line name="message_en" label={w.messageEn} max={200} />
          <Line name="field" label={w.atField} max={40} />
        </div>
      )}
    </DefDrawer>
  );
}

function PartDrawer(of: Drawer<PartRule>) {
  const w = useWords(words);
  return (
    <DefDrawer<PartRule> title={of.part?.item ?? of.part?.category ?? w.addPart} initial={of.part ?? {}} {...of}>
      {() => (
        <div className="fields">
          <Line name="item" label={w.partItem} max={64} />
          <Line name="category" label={w.partCategory} max={40} />
          <Expression name="quantity" label={w.quantity} needed faults={of.faults} hint={w.formulaHint} />
          <Expression name="when" label={w.when} faults={of.faults} />
        </div>
      )}
    </DefDrawer>
  );
}

/** The drawer of each kind of part. */
export const drawers: { [N in PartName]: (of: Drawer<Parts[N]>) => ReactNode } = {
  parameters: ParameterDrawer,
  sizes: SizeDrawer,
  categories: CategoryDrawer,
  terms: TermDrawer,
  constraints: ConstraintDrawer,
  parts: PartDrawer,
};
