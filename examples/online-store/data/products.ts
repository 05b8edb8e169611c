import { wholeBetween, type Random } from '../seeded-random.ts'

/** `stock`: how many the warehouse has before the first order. `price` in cents. */
export interface Product {
  readonly sku: string
  readonly name: string
  readonly price: number
  readonly stock: number
}

const NAMES = [
  'Teapot', 'Crème brûlée dish', 'Smörgås knife', 'Ramen bowl 丼', 'Moka pot', 'Wok', 'Paella pan', 'Pierogi press', 'Tagine',
  'Cutting board', 'Bread knife', 'Apron', 'Whisk', 'Sieve', 'Rolling pin', 'Pepper mill', 'Salt pig', 'Egg timer', 'Ladle',
  'Corkscrew', 'Grater', 'Peeler', 'Colander', 'Mortar', 'Trivet', 'Oven glove', 'Cake tin', 'Jam jar', 'Funnel', 'Scale',
  'Thermometer', 'Pastry brush', 'Spatula', 'Tongs', 'Kettle', 'Tea towel', 'Butter dish', 'Honey dipper 🍯', 'Chopsticks', 'Lid',
]

export function makeCatalogue(random: Random): Product[] {
  return NAMES.map((name, index) => ({
    sku: `sku-${String(index + 1).padStart(2, '0')}`,
    name,
    price: wholeBetween(random, 150, 8900),
    stock: 2000 + wholeBetween(random, 0, 500),
  }))
}
