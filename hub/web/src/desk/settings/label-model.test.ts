import { describe, expect, it } from 'vitest';
import { elementOf, type LabelSchema, movedBy, sizedBy } from './label-model';

const label = { name: 'x', title: 'x', width: 60, height: 40 };
const box = { kind: 'text', x: 10, y: 10, width: 20, height: 8 };

describe('what stands on a label', () => {
  it('is moved in tenths of a millimetre and never off the label', () => {
    expect(movedBy(box, 1.23, -0.07, label)).toMatchObject({ x: 11.2, y: 9.9 });
    expect(movedBy(box, 100, -100, label)).toMatchObject({ x: 40, y: 0 });
  });

  it('is sized within the label and never to nothing', () => {
    expect(sizedBy(box, 100, 100, label)).toMatchObject({ width: 50, height: 30 });
    expect(sizedBy(box, -100, -100, label)).toMatchObject({ width: 0.2, height: 0.2 });
  });

  it('comes with what its kind must have', () => {
    const title = { zh: '', en: '' };
    const schema: LabelSchema = {
      template: [],
      field: [],
      element: [],
      functions: [],
      kinds: [
        {
          kind: 'barcode',
          title,
          properties: [
            { name: 'symbology', title, required: true, form: { form: 'choice', choices: [{ value: 'code128', title }] } },
            { name: 'human', title, required: false, form: { form: 'millimetres', min: 0, max: 10, default: 0 } },
          ],
        },
      ],
    };
    expect(elementOf('barcode', schema, label)).toEqual({
      kind: 'barcode',
      x: 20,
      y: 16,
      width: 20,
      height: 8,
      symbology: 'code128',
      text: '12345678',
    });
  });
});
