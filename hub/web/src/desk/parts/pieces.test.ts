import { describe, expect, it } from 'vitest';
import { pieces } from './pieces';

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
