/** For people, the same on every machine; `-` for what nobody knows. */
export function number(value: number | undefined): string {
  return value === undefined ? '-' : value.toLocaleString('en-US')
}

/** Such as `1 order`, `2,200 orders`. */
export function counted(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`
}
