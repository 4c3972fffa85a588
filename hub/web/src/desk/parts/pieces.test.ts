import { describe, expect, it } from 'vitest';
import { named, pieces } from './pieces';

const of = (text: string, ...names: string[]) =>
  pieces(
    text,
    names.map(name => ({ name })),
  ).map(piece => (piece.named ? `[${piece.text}]` : piece.text));

describe('a comment in pieces', () => {
  it('shows who was named apart from the others, wherever they stand', () => {
    expect(of('@李雷 看一下，@韩梅梅 也是', '韩梅梅', '李雷')).toEqual(['[@李雷]', ' 看一下，', '[@韩梅梅]', ' 也是']);
    expect(of('@李雷雷 和 @李雷', '李雷', '李雷雷')).toEqual(['[@李雷雷]', ' 和 ', '[@李雷]']);
    expect(of('给 a@b.cn 写信', '李雷')).toEqual(['给 a@b.cn 写信']);
    expect(of('', '李雷')).toEqual([]);
  });
});

describe('who is told', () => {
  const [lei, leilei, other] = [
    { id: 1, name: '李雷' },
    { id: 2, name: '李雷雷' },
    { id: 3, name: '李雷' },
  ];
  const told = (text: string, ...chosen: { id: number; name: string }[]) => named(text, chosen).map(person => person.id);

  it('is who is still named, not whoever is called like the beginning of a name', () => {
    expect(told('@李雷雷 看一下', lei, leilei)).toEqual([2]);
    expect(told('@李雷雷 和 @李雷', lei, leilei)).toEqual([1, 2]);
    expect(told('看一下', lei)).toEqual([]);
  });

  it('is each of two of one name, and who was chosen last where the name is there once', () => {
    expect(told('@李雷 和 @李雷', lei, other)).toEqual([1, 3]);
    expect(told('@李雷 看一下', lei, other)).toEqual([3]);
    expect(told('@李雷 请看，@李雷 ！', lei)).toEqual([1]);
  });
});
