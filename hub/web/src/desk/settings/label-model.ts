// Label templates as pages work with them: the document, what may stand in it, a label as it would be printed, and moving what stands on it.

/** One thing on a label; places and sizes in millimetres. What else it has depends on its kind. */
export interface LabelElement {
  kind: string;
  x: number;
  y: number;
  width: number;
  height: number;
  [key: string]: unknown;
}

export interface LabelTemplate {
  name: string;
  title: string;
  title_en?: string;
  width: number;
  height: number;
  gap?: number;
  element?: LabelElement[];
  field?: LabelField[];
}

export interface LabelField {
  name: string;
  title: string;
  title_en?: string;
  example?: string;
}

export interface LabelRow {
  name: string;
  published?: LabelTemplate;
  draft?: LabelTemplate;
  number: number;
  standard: boolean;
  version: number;
}

interface Title {
  zh: string;
  en: string;
}

export interface Choice {
  value: string;
  title: Title;
}

export type Form =
  | { form: 'millimetres'; min: number; max: number; default: number }
  | { form: 'steps'; min: number; max: number; step: number }
  | { form: 'truth'; default: boolean }
  | { form: 'plain' }
  | { form: 'expression' }
  | { form: 'choice'; choices: Choice[] }
  | { form: 'png' }
  | { form: 'columns'; properties: Property[] };

export interface Property {
  name: string;
  title: Title;
  form: Form;
  required: boolean;
}

export interface LabelSchema {
  template: Property[];
  field: Property[];
  element: Property[];
  kinds: { kind: string; title: Title; properties: Property[] }[];
  functions: Choice[];
}

export interface Finding {
  severity: 'error' | 'warning';
  element: number | null;
  key: string | null;
  zh: string;
  en: string;
}

export interface LabelPreview {
  png?: string;
  width: number;
  height: number;
  printable: boolean;
  findings: Finding[];
  fields: { name: string; title: string; title_en?: string; example: string; required: boolean }[];
  placed: { element: number; x: number; y: number; width: number; height: number }[];
}

/** Nothing is set finer than a tenth of a millimetre: less than a dot of most printers. */
export const tenth = (mm: number): number => Math.round(mm * 10) / 10;

const within = (value: number, least: number, most: number) => Math.min(Math.max(value, least), Math.max(least, most));

/** An element that was moved, kept on its label. */
export const movedBy = (of: LabelElement, dx: number, dy: number, label: { width: number; height: number }): LabelElement => ({
  ...of,
  x: tenth(within(of.x + dx, 0, label.width - of.width)),
  y: tenth(within(of.y + dy, 0, label.height - of.height)),
});

/** An element that was made larger or smaller at its lower right corner, kept on its label. */
export const sizedBy = (of: LabelElement, dx: number, dy: number, label: { width: number; height: number }): LabelElement => ({
  ...of,
  width: tenth(within(of.width + dx, 0.2, label.width - of.x)),
  height: tenth(within(of.height + dy, 0.2, label.height - of.y)),
});

/** A new element of a kind, in the middle of the label, with what it must have. */
export function elementOf(kind: string, schema: LabelSchema, label: LabelTemplate): LabelElement {
  const own = schema.kinds.find(one => one.kind === kind)?.properties ?? [];
  const size = { width: tenth(Math.min(20, label.width)), height: tenth(Math.min(8, label.height)) };
  const made: LabelElement = { kind, x: tenth((label.width - size.width) / 2), y: tenth((label.height - size.height) / 2), ...size };
  for (const { name, form, required } of own) {
    if (!required) continue;
    made[name] =
      form.form === 'millimetres'
        ? form.default
        : form.form === 'choice'
          ? form.choices[0]?.value
          : form.form === 'columns'
            ? [{ width: 10 }]
            : '';
  }
  if (kind === 'text') made.text = '文字';
  if (kind === 'barcode') made.text = '12345678';
  return made;
}
