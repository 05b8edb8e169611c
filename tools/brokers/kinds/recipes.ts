import type { Release } from '../broker/release.ts'
import { elasticMqRecipe } from './elasticmq/elasticmq.ts'
import { fauxqsRecipe } from './fauxqs/fauxqs.ts'
import { kafkaRecipe } from './kafka/kafka.ts'
import { rabbitMqRecipe } from './rabbitmq/rabbitmq.ts'
import type { Recipe } from './recipe.ts'

export function recipeOf(release: Release): Recipe {
  switch (release.id) {
    case 'rabbitmq@4.3':
    case 'rabbitmq@3.10':
      return rabbitMqRecipe(release)
    case 'kafka@4.4':
    case 'kafka@3.9':
      return kafkaRecipe(release)
    case 'sqs@elasticmq':
      return elasticMqRecipe(release)
    case 'sqs@fauxqs':
      return fauxqsRecipe(release)
  }
}
