import { expect, it } from 'vitest';
import { capitals } from './capitals';

it('amounts stand in capitals as banks write them', () => {
  const said = {
    '0.00': '零元整',
    '1999.00': '壹仟玖佰玖拾玖元整',
    '10000.00': '壹万元整',
    '100305.07': '壹拾万零叁佰零伍元零柒分',
    '1010.50': '壹仟零壹拾元伍角整',
    '100000000.00': '壹亿元整',
    '100010001.12': '壹亿零壹万零壹元壹角贰分',
    '0.05': '伍分',
    '-3.20': '负叁元贰角整',
    x: '',
  };
  for (const [of, written] of Object.entries(said)) expect(capitals(of), of).toBe(written);
});
