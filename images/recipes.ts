import { goProgramImages } from './go-program-images.ts';
import type { ImageRecipe } from './image-recipe.ts';
import { pause } from './pause.ts';
import { seamark } from './seamark/seamark-image.ts';

/** Every image that can be built. */
export const recipes: readonly ImageRecipe[] = [seamark, pause, ...goProgramImages];

/** Names that stand for several images. */
export const imageGroups: Readonly<Record<string, readonly string[]>> = {
  peers: ['metallb-controller', 'metallb-speaker', 'external-dns', 'coredns'],
};

/** The recipe of a name. Throws with the list of names. */
export function recipeOf(name: string): ImageRecipe {
  const recipe = recipes.find((candidate) => candidate.name === name);
  if (recipe === undefined) {
    throw new Error(
      `there is no image ${name}; there are ${[...recipes.map((each) => each.name), ...Object.keys(imageGroups)].join(', ')}`,
    );
  }
  return recipe;
}
