/** Each colour on a light page and on a dark one; those of the data are told apart without red and green. */
export const palette = {
  surface: ['#ffffff', '#0d1117'],
  ink: ['#1f2328', '#f0f6fc'],
  faint: ['#59636e', '#9198a1'],
  rule: ['#d1d9e0', '#3d444d'],
  band: ['#eceff2', '#21272f'],
  answered: ['#0072b2', '#3b9fd8'],
  failed: ['#d55e00', '#e8722a'],
  waiting: ['#c98a00', '#e6a820'],
  longest: ['#8a4f9e', '#b98acb'],
} as const;

type Colour = keyof typeof palette;
type Colours = Readonly<Record<Colour, string>>;

const names = Object.keys(palette) as Colour[];

/** The colours on a light page, by which a drawing is made. */
export const colours = Object.fromEntries(names.map((name) => [name, palette[name][0]])) as Colours;

/** A style sheet that gives a page the colours as custom properties, `--ink` for example, and its SVG the dark ones. */
export function pageStyle(): string {
  const properties = (index: 0 | 1) =>
    `:root{${names.map((name) => `--${name}:${palette[name][index]}`).join(';')}}`;
  return `${properties(0)}@media (prefers-color-scheme:dark){${properties(1)}}${darkStyle()}`;
}

/** A style sheet that gives an SVG with the light colours the dark ones on a dark page. */
export function darkStyle(): string {
  const rules = names.flatMap((name) => {
    const [light, dark] = palette[name];
    return ['fill', 'stroke'].map((part) => `[${part}="${light}"]{${part}:${dark}}`);
  });
  return `@media (prefers-color-scheme:dark){${rules.join('')}}`;
}
