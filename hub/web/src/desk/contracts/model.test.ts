import { expect, it } from 'vitest';
import { agreed, bodyOf, givenOf, type Sealed, sealOf } from './model';

it('a contract of a quote takes its lines over and is paid at once until somebody says otherwise', () => {
  const line = {
    id: 1,
    item: 2,
    code: 'A',
    name: '椅',
    name_en: '',
    unit: 'pcs',
    spec: '黑',
    quantity: '2',
    price: '100.00',
    discount: 500,
    amount: '190.00',
  };
  const begun = {
    quote: { id: 7, code: 'Q000007', number: 2, customer_name: '王', lines: [{ ...line, configuration: null, offer: null }] },
  };
  const given = givenOf(undefined, begun, '条款', '全款');
  expect(given.instalments).toEqual([{ name: '全款', amount: '190.00' }]);
  expect(agreed(given.instalments)).toBe(19_000n);
  expect(bodyOf(given, begun)).toEqual({
    quote: 7,
    quote_number: 2,
    terms: '条款',
    lines: [{ item: 2, spec: '黑', quantity: '2', price: '100.00', discount: 500 }],
    instalments: [{ name: '全款', amount: '190.00', due_on: null }],
  });
});

it('the fingerprint stands only where what is shown is what was signed', () => {
  const sealed = (intact: boolean, differs: Sealed['differs']): Sealed => ({
    digest: '0123456789abcdef0123',
    intact,
    differs,
    customer_name: '王',
    organisation_name: '店',
  });
  expect(sealOf(undefined)).toEqual({ fingerprint: undefined, broken: false, differs: [] });
  expect(sealOf(sealed(true, []))).toEqual({ fingerprint: '0123456789abcdef', broken: false, differs: [] });
  expect(sealOf(sealed(true, ['terms']))).toEqual({ fingerprint: '0123456789abcdef', broken: false, differs: ['terms'] });
  expect(sealOf(sealed(false, []))).toEqual({ fingerprint: undefined, broken: true, differs: [] });
});
