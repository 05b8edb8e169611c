import type { Target } from '../spi/target.ts'

/** The queue or topic in a name for people: `order-placed` of `order-placed/payment`. */
export function destinationName(name: string): string {
  return name.split('/', 1)[0]!
}

/** The definition that a place belongs to, by its name for people: what follows a space there says which part it is. */
export function ownerName({ name }: Pick<Target, 'name'>): string {
  return name.split(' ', 1)[0]!
}
