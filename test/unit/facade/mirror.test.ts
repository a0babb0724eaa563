import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { mirror } from '../../../src/facade/mirror.ts';

class Original {
  readonly secret = 'hunter2';
  visible = 1;
  get(): string {
    return 'original';
  }
}

const mirrored = () => {
  const original = new Original();
  const memberOf = vi.fn((name: string): unknown => (name === 'get' ? () => 'ours' : undefined));
  const mirrorImage = mirror(original, memberOf, () => 'described');
  return { original, memberOf, mirrorImage };
};

describe('mirror', () => {
  it('answers with our members, the same object each time, and undefined for the others', () => {
    const { mirrorImage, memberOf } = mirrored();
    const { get } = mirrorImage as unknown as { get: () => string };
    expect(get()).toBe('ours');
    expect(Reflect.get(mirrorImage, 'get')).toBe(get);
    expect(memberOf).toHaveBeenCalledTimes(1);
    expect(Reflect.get(mirrorImage, 'nothing')).toBeUndefined();
  });

  it('looks like the original from outside', () => {
    const { mirrorImage } = mirrored();
    expect(mirrorImage).toBeInstanceOf(Original);
    expect('get' in mirrorImage).toBe(true);
    expect('resilience' in mirrorImage).toBe(true);
    expect('nothing' in mirrorImage).toBe(false);
    expect(Object.keys(mirrorImage)).toEqual(['secret', 'visible']);
    expect(Object.getOwnPropertyDescriptor(mirrorImage, 'visible')).toMatchObject({ value: 1 });
  });

  it('lets the original be written, and answers with what was written', () => {
    const { mirrorImage, original } = mirrored();
    mirrorImage.visible = 2;
    expect(original.visible).toBe(2);
    Object.assign(mirrorImage, { get: () => 'stubbed' });
    expect(mirrorImage.get()).toBe('stubbed');
  });

  it('has what every object has', () => {
    const { mirrorImage, memberOf } = mirrored();
    expect(Reflect.apply(String, undefined, [mirrorImage])).toBe('[object Object]');
    expect(mirrorImage.propertyIsEnumerable('visible')).toBe(true);
    expect(mirrorImage.isPrototypeOf({})).toBe(false);
    expect(memberOf).not.toHaveBeenCalled();
  });

  it('prints what it is told to, and not what the original holds', () => {
    const { mirrorImage } = mirrored();
    expect(inspect(mirrorImage)).toBe('described');
    expect(inspect({ nested: mirrorImage }, { showHidden: true, depth: 9 })).not.toContain(
      'hunter2',
    );
  });
});
